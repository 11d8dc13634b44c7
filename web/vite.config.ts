/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const server = process.env.WATCHFLOOR_URL ?? 'http://127.0.0.1:4180';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // The CSP allows fonts and scripts from this origin only: nothing may become a data: URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': { target: server, secure: false } } },
  test: { environment: 'happy-dom', include: ['test/**/*.test.{ts,tsx}'] },
});
