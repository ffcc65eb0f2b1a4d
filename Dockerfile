# syntax=docker/dockerfile:1
# The program alone, on Debian, as a user without rights. Nothing secret is in the image or needed to build it. The healthcheck is the
# program itself: there is no other client inside.

ARG RUST=1.95.0
ARG DEBIAN=bookworm

# Knows how to build what the workspace depends on without the workspace.
FROM rust:${RUST}-slim-${DEBIAN} AS tools
RUN cargo install --locked --version 0.1.78 cargo-chef
WORKDIR /build

# What it depends on: changes with the manifests alone.
FROM tools AS recipe
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM tools AS build
# How SQLite is compiled stands here, and is part of what is cached.
COPY .cargo .cargo
COPY --from=recipe /build/recipe.json recipe.json
RUN cargo chef cook --release --locked --package api --bin colloquy --recipe-path recipe.json
COPY . .
RUN cargo build --release --locked --package api --bin colloquy \
 && install -d -m 0700 /out/data /out/blobs

FROM debian:${DEBIAN}-slim
LABEL org.opencontainers.image.title="Colloquy" \
      org.opencontainers.image.description="A self-hosted backend for teams that talk to bots" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# The authorities that model servers and S3 stores are signed by.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /build/target/release/colloquy /usr/local/bin/colloquy
# Volumes take over owner and rights of the folders on which they are mounted first.
COPY --from=build --chown=10001:10001 /out/data /data
COPY --from=build --chown=10001:10001 /out/blobs /blobs
USER 10001:10001
WORKDIR /data
# `listen` is the container's own address; it is the publishing of the port that decides who gets there.
ENV COLLOQUY_LISTEN=0.0.0.0:8000 \
    COLLOQUY_DATA_DIR=/data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["colloquy", "health"]
ENTRYPOINT ["colloquy"]
CMD ["serve"]
