import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// The built files are embedded in the program; in development `npm run dev` passes the interface on to a server on port 8080.
export default defineConfig({
  plugins: [preact()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the policy of the page allows no data: scripts, styles or fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", headers: { origin: "http://127.0.0.1:8080" } } } },
});
