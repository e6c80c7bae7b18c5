import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Pages and API under one origin: no CORS, and the token goes nowhere else.
const proxy = {
  "/graphql": { target: process.env.BROADSHEET_URL ?? "http://127.0.0.1:8000", ws: true },
};

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
});
