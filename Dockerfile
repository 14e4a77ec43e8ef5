# One image that trains and serves: alone it is `npm start`; `docker run treeline npm run train -- --help` trains.
# glibc, not Alpine: onnxruntime has no build for musl.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The package has onnxruntime for every system and processor; this image is one. No install script has anything to do here.
RUN npm ci --omit=dev --ignore-scripts \
  && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" \
    -exec rm -r {} +

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY functions functions
COPY shared shared
COPY scripts scripts
COPY data data
# The code belongs to root; only what the commands write may be written to.
RUN mkdir artifacts && chown node:node artifacts data
# node, by its number, as a host that has no such name needs it.
USER 1000
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=300s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Not by npm, so that SIGTERM reaches the server and requests in flight are finished.
CMD ["node", "--import", "./scripts/compile-cache.js", "scripts/start.ts"]
