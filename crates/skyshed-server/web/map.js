// The planet on a canvas: a globe or a flat map, painted from the raster of causes.

import { STATES, colorOf, isDark } from "/states.js";

const RAD = Math.PI / 180;
const SEA = 16, BORDER = 32;          // flags above the cause in `base`
const SHADES = 24;                    // steps of the globe's shading
const PIXELS_AT_REST = 1.6e6, PIXELS_MOVING = 3.2e5;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

export class Planet {
  constructor(canvas, { onPick, onHover }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.flat = false;
    this.lon = -new Date().getTimezoneOffset() / 4;
    this.lat = 22;
    this.zoom = 1;
    this.only = null;
    this.path = null;
    this.buffer = document.createElement("canvas");
    this.listen(onPick, onHover);
    // At once, before the browser shows the old picture stretched.
    new ResizeObserver(() => { this.keepInside(); this.paint(true); this.draw(); }).observe(canvas);
  }

  // The ground: `territory` has one number per pixel, `territories` what they are.
  setGround(width, height, territory, territories) {
    Object.assign(this, { width, height, territory, territories });
    const sea = territories.map((row) => row.kind === "coastal" || row.kind === "high_seas");
    this.root = territories.map((row, index) => {
      while (territories[index].parent !== null) index = territories[index].parent;
      return index;
    });
    this.ground = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x, here = territory[at];
        if (sea[here]) { this.ground[at] = SEA; continue; }
        const east = territory[y * width + (x + 1) % width];
        const south = y + 1 < height ? territory[at + width] : here;
        const west = territory[y * width + (x + width - 1) % width];
        const north = y > 0 ? territory[at - width] : here;
        const differs = (other) => sea[other] || this.root[other] !== this.root[here];
        const coast = sea[east] || sea[south] || sea[west] || sea[north];
        if (coast || differs(east) || differs(south)) this.ground[at] = BORDER;
      }
    }
  }

  setCauses(causes, names) {
    const index = names.map((name) => STATES.findIndex((state) => state.name === name));
    this.causes = causes;
    this.base = new Uint8Array(causes.length);
    for (let at = 0; at < causes.length; at++) this.base[at] = index[causes[at]] | this.ground[at];
    this.draw();
  }

  // Colours by state, ground and shade as little-endian RGBA.
  palette() {
    const seaBase = isDark() ? [10, 16, 28] : [226, 233, 242];
    const line = isDark() ? [8, 12, 20] : [255, 255, 255];
    const table = new Uint32Array(64 * SHADES);
    STATES.forEach((state, index) => {
      const rgb = channels(colorOf(state));
      const faded = this.only !== null && this.only !== state.name;
      for (const flags of [0, SEA, BORDER]) {
        let color = rgb;
        if (faded) color = mix(seaBase, isDark() ? [70, 80, 98] : [150, 160, 175], flags === SEA ? 0.08 : 0.35);
        else if (flags === SEA) color = mix(seaBase, rgb, this.only ? 0.75 : isDark() ? 0.42 : 0.45);
        if (flags === BORDER) color = mix(color, line, 0.5);
        for (let shade = 0; shade < SHADES; shade++) {
          const light = isDark() ? 0.5 + 0.5 * Math.sqrt((shade + 0.5) / SHADES) : 0.8 + 0.2 * Math.sqrt((shade + 0.5) / SHADES);
          const [r, g, b] = color.map((value) => Math.round(value * light));
          table[(index | flags) * SHADES + shade] = (255 << 24) | (b << 16) | (g << 8) | r;
        }
      }
    });
    return table;
  }

  draw(moving = false) {
    if (this.pending) { this.pendingMoving &&= moving; return; }
    this.pendingMoving = moving;
    this.pending = requestAnimationFrame(() => { this.pending = null; this.paint(this.pendingMoving); });
    clearTimeout(this.settle);
    if (moving) this.settle = setTimeout(() => this.draw(), 140);
  }

  paint(moving) {
    const { canvas, context } = this;
    const cssWidth = canvas.clientWidth, cssHeight = canvas.clientHeight;
    if (!cssWidth || !this.base) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(cssWidth * ratio) || canvas.height !== Math.round(cssHeight * ratio)) {
      canvas.width = Math.round(cssWidth * ratio);
      canvas.height = Math.round(cssHeight * ratio);
    }
    const budget = moving ? PIXELS_MOVING : PIXELS_AT_REST;
    const scale = Math.min(ratio, Math.sqrt(budget / (cssWidth * cssHeight)));
    const width = Math.max(1, Math.round(cssWidth * scale)), height = Math.max(1, Math.round(cssHeight * scale));
    this.buffer.width = width;
    this.buffer.height = height;
    const pen = this.buffer.getContext("2d");
    const image = pen.createImageData(width, height);
    const out = new Uint32Array(image.data.buffer);
    (this.flat ? this.fillFlat : this.fillGlobe).call(this, out, width, height, scale, this.palette());
    pen.putImageData(image, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    if (!this.flat) this.glow(context, cssWidth, cssHeight, ratio);
    context.drawImage(this.buffer, 0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.graticule(context);
    this.drawPath(context);
  }

  radius() {
    return (Math.min(this.canvas.clientWidth, this.canvas.clientHeight) / 2 - 10) * this.zoom;
  }

  // Pixels per degree of the flat map.
  degree() {
    return Math.max(this.canvas.clientWidth / 360, 0.1) * this.zoom;
  }

  // Orthographic: J. P. Snyder, "Map Projections: A Working Manual", USGS PP 1395, equations 20-14 to 20-19.
  fillGlobe(out, width, height, scale, palette) {
    const radius = this.radius() * scale, sin0 = Math.sin(this.lat * RAD), cos0 = Math.cos(this.lat * RAD);
    const perRadian = this.width / (2 * Math.PI), halfHeight = this.height / 2, base = this.base;
    const offset = (this.lon / 360 + 0.5) * this.width + 2 * this.width;
    for (let row = 0; row < height; row++) {
      const y = (height / 2 - row - 0.5) / radius;
      if (y * y >= 1) continue;
      const reach = Math.sqrt(1 - y * y) * radius;
      const first = Math.max(0, Math.ceil(width / 2 - reach)), last = Math.min(width, Math.floor(width / 2 + reach));
      for (let column = first; column < last; column++) {
        const x = (column + 0.5 - width / 2) / radius, rest = 1 - x * x - y * y;
        const z = rest > 0 ? Math.sqrt(rest) : 0;
        const latitude = Math.asin(Math.max(-1, Math.min(1, z * sin0 + y * cos0)));
        const longitude = Math.atan2(x, z * cos0 - y * sin0);
        const pixelRow = Math.min(this.height - 1, (halfHeight - latitude * perRadian) | 0);
        const pixelColumn = ((offset + longitude * perRadian) | 0) % this.width;
        out[row * width + column] = palette[base[pixelRow * this.width + pixelColumn] * SHADES + Math.min(SHADES - 1, (z * SHADES) | 0)];
      }
    }
  }

  fillFlat(out, width, height, scale, palette) {
    const degree = this.degree() * scale, perDegree = this.width / 360;
    for (let row = 0; row < height; row++) {
      const latitude = this.lat + (height / 2 - row - 0.5) / degree;
      if (latitude <= -90 || latitude >= 90) continue;
      const pixelRow = ((90 - latitude) * perDegree) | 0;
      for (let column = 0; column < width; column++) {
        const longitude = this.lon + (column + 0.5 - width / 2) / degree;
        const pixelColumn = (((longitude + 180 + 1080) * perDegree) | 0) % this.width;
        out[row * width + column] = palette[this.base[pixelRow * this.width + pixelColumn] * SHADES + SHADES - 1];
      }
    }
  }

  glow(context, width, height, ratio) {
    const radius = this.radius() * ratio, x = (width * ratio) / 2, y = (height * ratio) / 2;
    const halo = context.createRadialGradient(x, y, radius * 0.985, x, y, radius * 1.05);
    halo.addColorStop(0, isDark() ? "rgba(90,170,230,.55)" : "rgba(60,110,160,.35)");
    halo.addColorStop(1, "rgba(90,170,230,0)");
    context.fillStyle = halo;
    context.beginPath();
    context.arc(x, y, radius * 1.05, 0, 2 * Math.PI);
    context.fill();
  }

  // Screen position of a point, or null where it is behind the globe.
  project(latitude, longitude) {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    const turn = ((longitude - this.lon + 540) % 360 + 360) % 360 - 180;
    if (this.flat) return [width / 2 + turn * this.degree(), height / 2 - (latitude - this.lat) * this.degree()];
    return this.projectVector(vectorOf({ latitude, longitude }));
  }

  // Screen position of a point in Earth radii from the centre, or null where the planet hides it.
  projectVector([x, y, z]) {
    if (this.flat) return this.project(Math.atan2(z, Math.hypot(x, y)) / RAD, Math.atan2(y, x) / RAD);
    const [sin0, cos0] = [Math.sin(this.lat * RAD), Math.cos(this.lat * RAD)];
    const [sin, cos] = [Math.sin(this.lon * RAD), Math.cos(this.lon * RAD)];
    const east = y * cos - x * sin, out = x * cos + y * sin, north = z * cos0 - out * sin0;
    if (z * sin0 + out * cos0 < 0 && east * east + north * north < 1) return null;
    const radius = this.radius();
    return [this.canvas.clientWidth / 2 + radius * east, this.canvas.clientHeight / 2 - radius * north];
  }

  // The point below a screen position, or null beside the planet.
  unproject(px, py) {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    let latitude, longitude;
    if (this.flat) {
      latitude = this.lat + (height / 2 - py) / this.degree();
      longitude = this.lon + (px - width / 2) / this.degree();
      if (Math.abs(latitude) >= 90) return null;
    } else {
      const x = (px - width / 2) / this.radius(), y = (height / 2 - py) / this.radius();
      if (x * x + y * y >= 1) return null;
      const z = Math.sqrt(1 - x * x - y * y);
      const [sin0, cos0] = [Math.sin(this.lat * RAD), Math.cos(this.lat * RAD)];
      latitude = Math.asin(z * sin0 + y * cos0) / RAD;
      longitude = this.lon + Math.atan2(x, z * cos0 - y * sin0) / RAD;
    }
    return [latitude, ((longitude + 540) % 360 + 360) % 360 - 180];
  }

  // Territory and state at a point.
  at(latitude, longitude) {
    if (!this.base) return null;
    const row = Math.min(this.height - 1, Math.floor(((90 - latitude) / 180) * this.height));
    const pixel = row * this.width + (Math.floor(((longitude + 180) / 360) * this.width) % this.width);
    const leaf = this.territories[this.territory[pixel]], root = this.territories[this.root[this.territory[pixel]]];
    return { name: leaf === root ? leaf.name : `${leaf.name}, ${root.name}`, state: STATES[this.base[pixel] & 15] };
  }

  graticule(context) {
    context.strokeStyle = isDark() ? "rgba(255,255,255,.10)" : "rgba(20,40,70,.13)";
    context.lineWidth = 0.7;
    const line = (point, from, to) => {
      let before = null;
      context.beginPath();
      for (let at = from; at <= to; at += 3) {
        const next = this.project(...point(at));
        const jumps = next && before && Math.abs(next[0] - before[0]) > this.canvas.clientWidth / 2;
        if (next && before && !jumps) context.lineTo(...next); else if (next) context.moveTo(...next);
        before = next;
      }
      context.stroke();
    };
    for (let longitude = -180; longitude < 180; longitude += 30) line((at) => [at, longitude], -90, 90);
    for (let latitude = -60; latitude <= 60; latitude += 30) line((at) => [latitude, at + this.lon], -180, 180);
  }

  // The way of the packets: place, satellites, gateway and point of presence. Light goes straight, fibre along the ground.
  drawPath(context) {
    if (!this.path) return;
    const ink = isDark() ? "#ffffff" : "#0d1526", paper = isDark() ? "rgba(6,10,18,.8)" : "rgba(255,255,255,.85)";
    const laser = isDark() ? "#ff9ad0" : "#b01f74";
    const [place] = this.path, legs = this.path.slice(1).map((to, index) => [this.path[index], to]);
    // All outlines first, so that none covers a line.
    for (const leg of legs) this.trace(context, ...leg, paper, 5);
    for (const [from, to] of legs) this.trace(context, from, to, from.altitude && to.altitude ? laser : ink, 2);
    for (const spot of this.path.filter((spot) => spot.altitude)) {
      const at = this.projectVector(vectorOf(spot));
      if (!at) continue;
      context.beginPath();
      context.arc(...at, 3.5, 0, 2 * Math.PI);
      context.fillStyle = laser;
      context.fill();
      context.strokeStyle = paper; context.lineWidth = 1.5; context.stroke();
    }
    context.font = "600 13px system-ui, sans-serif";
    const taken = [];
    for (const spot of this.path.filter((spot) => !spot.altitude)) {
      const at = this.project(spot.latitude, spot.longitude);
      if (!at) continue;
      const size = spot === place ? 7 : 4.5;
      context.beginPath();
      context.arc(at[0], at[1], size, 0, 2 * Math.PI);
      context.fillStyle = spot === place ? spot.color : ink;
      context.fill();
      context.strokeStyle = spot === place ? ink : paper; context.lineWidth = 2; context.stroke();
      const width = context.measureText(spot.label).width;
      const beside = at[0] + width + 16 > this.canvas.clientWidth ? at[0] - width - 12 : at[0] + 12;
      const left = Math.max(8, Math.min(beside, this.canvas.clientWidth - width - 8));
      let top = at[1];
      while (taken.some(([x, y, w]) => Math.abs(y - top) < 18 && left < x + w && x < left + width)) top += 18;
      taken.push([left, top, width]);
      context.fillStyle = paper;
      context.fillRect(left - 4, top - 9, width + 8, 18);
      context.fillStyle = ink;
      context.fillText(spot.label, left, top + 4.5);
    }
  }

  trace(context, from, to, color, width) {
    let before = null;
    context.beginPath();
    for (let step = 0; step <= 40; step++) {
      const next = this.projectVector(between(from, to, step / 40));
      const jumps = next && before && this.flat && Math.abs(next[0] - before[0]) > 180 * this.degree();
      if (next && before && !jumps) context.lineTo(...next); else if (next) context.moveTo(...next);
      before = next;
    }
    context.lineJoin = "round";
    context.strokeStyle = color; context.lineWidth = width; context.stroke();
  }

  // Turns so that the whole of a path shows, no nearer than `zoom`.
  flyToPath(spots, zoom, atOnce) {
    const units = spots.map((spot) => vectorOf({ ...spot, altitude: 0 }));
    const [x, y, z] = [0, 1, 2].map((axis) => units.reduce((sum, unit) => sum + unit[axis], 0));
    const length = Math.hypot(x, y, z) || 1;
    const reach = Math.max(...units.map((unit) => Math.acos(Math.max(-1, Math.min(1, (unit[0] * x + unit[1] * y + unit[2] * z) / length)))));
    const whole = this.flat ? 70 * RAD / reach : 0.75 / Math.sin(Math.min(reach, Math.PI / 2));
    this.flyTo(Math.atan2(z, Math.hypot(x, y)) / RAD, Math.atan2(y, x) / RAD, Math.max(1, Math.min(zoom, whole)), atOnce);
  }

  // Turns to a point; at once where motion is not wanted.
  flyTo(latitude, longitude, zoom = this.zoom, atOnce = false) {
    cancelAnimationFrame(this.flight);
    const from = [this.lat, this.lon, this.zoom], turn = ((longitude - this.lon + 540) % 360 + 360) % 360 - 180;
    const began = performance.now(), length = atOnce || still.matches ? 0 : 700;
    const step = (now) => {
      const part = length ? Math.min(1, Math.max(0, (now - began) / length)) : 1, eased = 1 - (1 - part) ** 3;
      this.lat = from[0] + (Math.max(-85, Math.min(85, latitude)) - from[0]) * eased;
      this.lon = from[1] + turn * eased;
      this.zoom = from[2] * (zoom / from[2]) ** eased;
      this.keepInside();
      this.draw(part < 1);
      if (part < 1) this.flight = requestAnimationFrame(step);
    };
    step(began);
  }

  setFlat(flat) {
    this.flat = flat;
    this.keepInside();
    this.draw();
  }

  zoomBy(factor) {
    this.zoom = Math.max(1, Math.min(14, this.zoom * factor));
    this.keepInside();
    this.draw(true);
  }

  turnBy(dx, dy) {
    const perPixel = this.flat ? 1 / this.degree() : 1 / (this.radius() * RAD);
    this.lon -= dx * perPixel / (this.flat ? 1 : Math.max(0.3, Math.cos(this.lat * RAD)));
    this.lat += dy * perPixel;
    this.keepInside();
    this.draw(true);
  }

  keepInside() {
    this.lon = ((this.lon + 540) % 360 + 360) % 360 - 180;
    const reach = this.flat ? Math.max(0, 90 - this.canvas.clientHeight / 2 / this.degree()) : 88;
    this.lat = Math.max(-reach, Math.min(reach, this.lat));
  }

  listen(onPick, onHover) {
    const { canvas } = this, touches = new Map();
    let moved = 0, spread = 0;
    const where = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    const distance = () => { const [a, b] = [...touches.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
    canvas.addEventListener("pointerdown", (event) => {
      cancelAnimationFrame(this.flight);
      canvas.setPointerCapture(event.pointerId);
      touches.set(event.pointerId, where(event));
      moved = touches.size > 1 ? 99 : 0;
      if (touches.size === 2) spread = distance();
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = where(event), before = touches.get(event.pointerId);
      if (!before) { onHover(this.unproject(...now), now); return; }
      touches.set(event.pointerId, now);
      if (touches.size === 2) { const next = distance(); this.zoomBy(next / spread); spread = next; return; }
      moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (moved > 4) { onHover(null); this.turnBy(now[0] - before[0], now[1] - before[1]); }
    });
    const up = (event) => {
      if (touches.delete(event.pointerId) && event.type === "pointerup" && moved <= 4) {
        const point = this.unproject(...where(event));
        if (point) onPick(...point);
      }
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => onHover(null));
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(Math.exp(-event.deltaY / 500)); }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const turn = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
      if (turn) this.turnBy(...turn);
      else if (event.key === "+" || event.key === "=") this.zoomBy(1.3);
      else if (event.key === "-") this.zoomBy(1 / 1.3);
      else if (event.key === "Enter") onPick(this.lat, this.lon);
      else return;
      event.preventDefault();
    });
  }

  // Middle of a territory on the raster, as a mean of unit vectors.
  middleOf(id) {
    const root = this.territories.findIndex((row) => row.id === id);
    let x = 0, y = 0, z = 0;
    for (let row = 0; row < this.height; row++) {
      const latitude = (90 - ((row + 0.5) / this.height) * 180) * RAD, cos = Math.cos(latitude), sin = Math.sin(latitude);
      for (let column = 0; column < this.width; column++) {
        const pixel = row * this.width + column;
        if (this.root[this.territory[pixel]] !== root || this.ground[pixel] === SEA) continue;
        const longitude = (((column + 0.5) / this.width) * 360 - 180) * RAD;
        x += cos * cos * Math.cos(longitude); y += cos * cos * Math.sin(longitude); z += cos * sin;
      }
    }
    return x || y || z ? [Math.atan2(z, Math.hypot(x, y)) / RAD, Math.atan2(y, x) / RAD] : null;
  }
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const mix = (a, b, part) => a.map((value, index) => value + (b[index] - value) * part);

// A place, with its altitude in Earth radii where it has one, as a vector in Earth radii from the centre.
function vectorOf({ latitude, longitude, altitude = 0 }) {
  const [lat, lon, length] = [latitude * RAD, longitude * RAD, 1 + altitude];
  return [length * Math.cos(lat) * Math.cos(lon), length * Math.cos(lat) * Math.sin(lon), length * Math.sin(lat)];
}

// A point of a leg: on the straight line where an end flies, else on the great circle.
function between(from, to, part) {
  const [a, b] = [vectorOf(from), vectorOf(to)];
  const mixed = (p, q) => a.map((value, index) => p * value + q * b[index]);
  const angle = Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
  if (from.altitude || to.altitude || angle < 1e-9) return mixed(1 - part, part);
  return mixed(Math.sin((1 - part) * angle) / Math.sin(angle), Math.sin(part * angle) / Math.sin(angle));
}
