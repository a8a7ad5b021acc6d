# Both bases are arguments, so that a mirror, an image of your own, or the same one by its digest
# (BUILD_IMAGE=docker.io/library/node@sha256:…) can take their place. Tags move: pin them for a release.
# The build base needs a shell, Node 22.19 or newer and npm; the runtime base only Node.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
# Only a change of these two installs the packages anew. No package runs a script of its own.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build build
COPY src src
RUN npm run build && npm run sbom

# No shell, no package manager, no packages: Node, and the program in a few files.
FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="gloo-istio" \
      org.opencontainers.image.description="Mutual TLS between the Gloo API gateway and an Istio mesh" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# One arena of malloc's for all threads instead of one for each: what a busy thread frees, the others take. 8 MiB less under load.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
WORKDIR /app
COPY --from=build /build/package.json ./
COPY LICENSE ./
COPY --from=build /build/dist dist
# By number: the kubelet cannot tell whether a name is root, and the chart asks it to.
USER 65532:65532
EXPOSE 10250 9090
# Where distroless keeps Node; no shell is there to look for it. NODE_OPTIONS is Node's own to read, and does not take all of V8's
# flags. What V8's middle compiler is done with is freed at once, which spares 8 to 20 MiB under load. V8 does not tidy up whenever
# nothing goes on for some seconds: with the garbage goes what it knows of reviews, and the next ones take half as long again.
ENTRYPOINT ["/nodejs/bin/node", "--no-maglev-destroy-on-background", "--no-memory-reducer", "/app/dist/cli.js"]
