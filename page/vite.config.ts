import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

// Names without hashes: what is built is committed, and a change should show as a change of the
// same file. The server has browsers ask each time whether theirs is still the newest.
export default defineConfig({
  base: "/shift/",
  plugins: [vue()],
  resolve: { alias: { "@": "/src" } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __INTLIFY_JIT_COMPILATION__: true,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
  },
  build: {
    outDir: "../api/shift",
    emptyOutDir: true,
    target: "es2022",
    // The notices that the libraries ask for travel with what is built of them.
    license: { fileName: "licences.md" },
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600, // ECharts, which only the figures load
    rollupOptions: {
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8000" } },
  test: { environment: "jsdom", include: ["tests/**/*.test.ts"] },
});
