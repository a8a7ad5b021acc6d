# Both bases are arguments, so that a mirror, or an image of your own, can take their place.
# The build base needs a shell, Node 22.19 or newer and npm; the runtime base only Node.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
# Only a change of these two installs the packages anew. No package runs a script of its own.
# `npm ci` refuses a lockfile without the optional packages of every other platform.
COPY package.json package-lock.json ./
RUN npm install --no-save --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --no-save --ignore-scripts --no-audit --no-fund

# No shell and no package manager: Node, the program, and the packages that it runs on.
FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="gloo-istio" \
      org.opencontainers.image.description="Mutual TLS between the Gloo API gateway and an Istio mesh" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
# By number: the kubelet cannot tell whether a name is root, and the chart asks it to.
USER 65532:65532
EXPOSE 8443 9090
# Where distroless keeps Node; no shell is there to look for it.
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/cli.js"]
