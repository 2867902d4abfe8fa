# Narrowcast with the versions of constraints.txt, for CPUs; how to run it: docs/deployment.md.
FROM python:3.12-slim AS build

# The CPU build of torch by its full name, as in the Makefile: the public index would bring CUDA's libraries.
ARG TORCH=torch==2.13.0+cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

RUN python -m venv /opt/narrowcast
ENV PATH=/opt/narrowcast/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# Before the sources, so that a change of ours does not install torch again.
COPY constraints.txt ./
RUN pip install -c constraints.txt --extra-index-url "$TORCH_INDEX" "$TORCH"

COPY . .
# A container has no display: OpenCV's build without windows needs no libraries of X11 or OpenGL.
RUN pip install -c constraints.txt . \
    && pip uninstall --yes opencv-python \
    && pip install -c constraints.txt opencv-python-headless \
    && narrowcast --version


FROM python:3.12-slim

# 10001: a user of no machine; the group video may open cameras.
RUN useradd --uid 10001 --create-home --groups video narrowcast \
    && install --directory --owner narrowcast --mode 700 /keys
COPY --from=build /opt/narrowcast /opt/narrowcast
ENV PATH=/opt/narrowcast/bin:$PATH NARROWCAST_HOME=/keys PYTHONUNBUFFERED=1
# A number: Kubernetes compares it.
USER 10001
VOLUME /keys
EXPOSE 5555
STOPSIGNAL SIGTERM
ENTRYPOINT ["narrowcast"]
CMD ["--help"]
