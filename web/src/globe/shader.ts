import { GLSL3, ShaderMaterial, type ShaderMaterialParameters } from "three";

/** A material of two GLSL 3 programs and their uniforms. */
export function shader(vertexShader: string, fragmentShader: string, uniforms: Record<string, unknown>, more: ShaderMaterialParameters = {}): ShaderMaterial {
  const values = Object.fromEntries(Object.entries(uniforms).map(([name, value]) => [name, { value }]));
  return new ShaderMaterial({ glslVersion: GLSL3, vertexShader, fragmentShader, uniforms: values, ...more });
}
