// The page's build: one HTML file, scripts and styles with a hash in their names, no source maps, nothing from outside.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/log/": "http://127.0.0.1:8080", "/healthz": "http://127.0.0.1:8080" } },
});
