// What the graphics processor runs. Points are in Earth radii in the frame that turns with the Earth.

/** True where the planet stands between the camera and a point: nothing is drawn there. */
const HIDDEN = /* glsl */ `
uniform vec3 eye;
bool hidden(vec3 point) {
  vec3 ray = point - eye;
  float near = -dot(eye, ray) / dot(ray, ray);
  vec3 foot = eye + near * ray;
  return near < 1.0 && dot(foot, foot) < 0.9995;
}`;

export const planetVertex = /* glsl */ `
out vec2 at;
out vec3 normal_;
out vec3 view_;
uniform vec3 eye;
void main() {
  at = vec2(uv.x, 1.0 - uv.y);
  normal_ = position;
  view_ = eye - position;
  gl_Position = projectionMatrix * viewMatrix * vec4(position, 1.0);
}`;

export const planetFragment = /* glsl */ `
precision highp float;
in vec2 at;
in vec3 normal_;
in vec3 view_;
uniform sampler2D colours;
uniform sampler2D overlay;
uniform float overlayShare;
uniform vec3 sun;
uniform vec3 night;
uniform float nightShare;
uniform vec3 rim;
out vec4 colour;
void main() {
  vec3 base = texture(colours, at).rgb;
  if (overlayShare > 0.0) base = mix(base, vec3(dot(base, vec3(0.3, 0.59, 0.11))), 0.75 * overlayShare);
  float height = dot(normal_, sun);
  float day = smoothstep(-0.12, 0.06, height);
  base = mix(mix(base, night, nightShare), base, day);
  // What changes is not darkened by night.
  if (overlayShare > 0.0) {
    vec4 over = texture(overlay, at);
    base = mix(base, over.rgb, over.a * overlayShare);
  }
  float edge = 1.0 - dot(normalize(view_), normal_);
  base = mix(base, rim, 0.55 * pow(clamp(edge, 0.0, 1.0), 4.0));
  colour = vec4(base, 1.0);
}`;

export const haloVertex = /* glsl */ `
out vec2 place;
void main() { place = position.xy; gl_Position = vec4(position.xy, 0.9999, 1.0); }`;

/** Space behind the planet, with the glow of the air around it: worked out from how near a ray passes to the planet. */
export const haloFragment = /* glsl */ `
precision highp float;
in vec2 place;
uniform vec3 eye;
uniform mat4 back;
uniform vec3 inner;
uniform vec3 outer;
uniform vec3 glow;
out vec4 colour;
void main() {
  vec4 far = back * vec4(place, 1.0, 1.0);
  vec3 ray = normalize(far.xyz / far.w - eye);
  float along = -dot(eye, ray);
  float miss = length(eye + along * ray) - 1.0;
  // One colour from a height of 0.14 on: beyond it no frame has to be copied.
  float space = smoothstep(0.0, 0.14, miss);
  float air = along > 0.0 ? exp(-max(miss, 0.0) * 22.0) * (1.0 - space) : 0.0;
  colour = vec4(mix(mix(inner, outer, space), glow, 0.75 * air), 1.0);
}`;

/** The still picture, in a part of the screen: `least` and `most` are its corners. */
export const copyVertex = /* glsl */ `
uniform vec2 least;
uniform vec2 most;
out vec2 at;
void main() {
  vec2 place = mix(least, most, 0.5 * position.xy + 0.5);
  at = 0.5 * place + 0.5;
  gl_Position = vec4(place, 0.0, 1.0);
}`;

export const copyFragment = /* glsl */ `
precision mediump float;
in vec2 at;
uniform sampler2D picture;
out vec4 colour;
void main() { colour = texture(picture, at); }`;

/**
 * A place in ITRF, in equatorial Earth radii, onto the ball of radius 1 that is drawn: its geodetic latitude and its height over WGS 84,
 * both to first order in the flattening f (at most 0.02° and 0.1 km off at 600 km). The same is in `geometry.ts` as `drawn`.
 */
const DRAWN = /* glsl */ `
vec3 drawn(vec3 itrf) {
  const float f = 0.00335281;
  float r = length(itrf), s = itrf.z / r;
  float height = r - 1.0 + f * s * s;
  vec3 up = normalize(vec3(itrf.xy, itrf.z * (1.0 + 2.0 * f / r)));
  return up * (1.0 + 1.00112 * height);
}`;

/** Satellites: place, velocity and acceleration at a time, moved here; none of them costs the page's thread anything. */
export const satelliteVertex = /* glsl */ `
in vec3 velocity;
in vec3 acceleration;
in float kind;
uniform float since;
uniform float size;
uniform vec3 colourServing;
uniform vec3 colourIdle;
uniform float picked;
uniform float only;
out vec3 tint;
${HIDDEN}
${DRAWN}
void main() {
  vec3 point = drawn(position + since * (velocity + 0.5 * since * acceleration));
  bool chosen = abs(float(gl_VertexID) - picked) < 0.5;
  if (hidden(point) || (only > 0.5 && !chosen)) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); gl_PointSize = 0.0; return; }
  tint = kind > 0.5 ? colourServing : colourIdle;
  gl_PointSize = chosen ? 3.0 * size : size;
  gl_Position = projectionMatrix * viewMatrix * vec4(point, 1.0);
}`;

export const satelliteFragment = /* glsl */ `
precision mediump float;
in vec3 tint;
out vec4 colour;
void main() { colour = vec4(tint, 1.0); }`;

/** Gateways and points of presence: squares and rings. */
export const siteVertex = /* glsl */ `
in float kind;
uniform float size;
out float shape;
${HIDDEN}
void main() {
  shape = kind;
  if (hidden(position)) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); gl_PointSize = 0.0; return; }
  gl_PointSize = size * (kind > 0.5 ? 1.3 : 1.0);
  gl_Position = projectionMatrix * viewMatrix * vec4(position, 1.0);
}`;

export const siteFragment = /* glsl */ `
precision mediump float;
in float shape;
uniform vec3 ink;
uniform vec3 paper;
out vec4 colour;
void main() {
  vec2 from = 2.0 * gl_PointCoord - 1.0;
  float far = shape > 0.5 ? length(from) : abs(from.x) + abs(from.y);
  if (far > 1.0) discard;
  bool core = shape > 0.5 ? far < 0.7 && far > 0.3 : far < 0.62;
  colour = vec4(core ? ink : paper, 1.0);
}`;

/** Lines of a width in pixels: a rectangle for each segment, widened on the screen. */
export const lineVertex = /* glsl */ `
in vec3 from;
in vec3 to;
in vec4 tint;
uniform vec2 screen;
uniform float width;
out vec4 shade;
${HIDDEN}
void main() {
  shade = tint;
  if (hidden(from) || hidden(to)) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  vec4 a = projectionMatrix * viewMatrix * vec4(from, 1.0);
  vec4 b = projectionMatrix * viewMatrix * vec4(to, 1.0);
  if (a.w < 0.001 || b.w < 0.001) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  vec2 way = (b.xy / b.w - a.xy / a.w) * screen;
  float far = length(way);
  way = far > 0.0001 ? way / far : vec2(1.0, 0.0);
  vec4 end = position.x < 0.5 ? a : b;
  vec2 aside = vec2(-way.y, way.x) * position.y * width + way * (position.x - 0.5) * 0.5 * width;
  gl_Position = end + vec4(aside / screen * end.w, 0.0, 0.0);
}`;

export const lineFragment = /* glsl */ `
precision mediump float;
in vec4 shade;
out vec4 colour;
void main() { colour = shade; }`;
