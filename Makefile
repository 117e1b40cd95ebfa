# make run and make test do all of their set-up; the rest is for those who work on pop3lab.

PYTHON ?= python3
BIN := .venv/bin

# What the tests run besides Python: the clients, strace for the crash tests, and programs that
# deliver.
PACKAGES := bsdutils chromium curl dovecot-pop3d fdm fetchmail getmail6 haproxy libio-socket-ssl-perl \
	libmail-box-perl libmail-box-pop3-perl libmail-pop3client-perl liblockfile-bin mpop msmtp mutt \
	neomutt nodejs perl pgbouncer postgresql-15 procmail ruby strace swaks

# More clients, for the long list.
SOAK_PACKAGES := alpine default-jdk-headless fail2ban fish golang-go junit5 libmail-java mailutils mandoc nmh \
	php-cli php-imap postfix python3-twisted s-nail tcl tcl-tls tcllib zsh

# Tests of what runs in one process: those that are not slow are for each save, and cover the packages
# that pyproject.toml names.
QUICK := $(addprefix tests/,auth config conformance contract control core effects observe rules stores)
SLOW := $(shell grep -rl --include='test_*.py' 'pytest\.mark\.slow' $(QUICK))
PYTEST := $(BIN)/pytest -n auto --dist worksteal

# Other tests often wait for the disk, programs and time-outs: one more runs than there are cores.
AT_ONCE := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# Many tests start programs, whose modules shall not be compiled anew at each start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run check test lint docs soak fuzz bench lock dist apt clean

run: .venv/installed  ## serve a copy of examples/messages, since clients may delete them
	@rm -rf build/run && mkdir -p build/run && cp -R examples build/run/
	@cd build/run && exec ../../$(BIN)/pop3lab examples/messages --hint

test: .venv/installed-all apt  ## everything that must pass
	@mkdir -p build
	@$(MAKE) --no-print-directory -j 2 lint docs
	$(PYTEST) --cov -m 'not slow and not soak' $(QUICK)
	$(PYTEST) -n $(AT_ONCE) -m 'slow and not soak' $(SLOW)
	$(PYTEST) -n $(AT_ONCE) $(addprefix --ignore=,$(QUICK))

check: .venv/installed-all  ## for each save, in half a minute: lint, types, and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/dmypy run --timeout 3600 || { $(BIN)/dmypy stop; $(BIN)/mypy; }  # the daemon may err after a pull
	$(PYTEST) -m 'not slow and not soak' $(QUICK)

lint: .venv/installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed-all  ## the manual, in build/docs; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs build/docs

soak: PACKAGES += $(SOAK_PACKAGES) $(if $(shell command -v npm),,npm)
soak: .venv/installed-all apt build/node/installed  ## what takes long: 1 GiB messages, killing at every call
	$(BIN)/pytest -m soak --ignore tests/beside
	$(PYTHON) -m venv build/beside && build/beside/bin/pip install -q -e '.[test,beside]'
	build/beside/bin/pytest -m soak -p no:randomly -p no:django tests/beside

fuzz: .venv/installed-all  ## atheris on the session, five minutes
	$(BIN)/pip install -q atheris
	$(BIN)/python -m tests.fuzz.fuzz_session build/fuzz-corpus -max_total_time=300 -max_len=600 \
		-artifact_prefix=build/

# More of both is more exact, and takes longer.
ROUNDS ?= 3
SECONDS ?= 0.5

bench: .venv/installed-all  ## side by side with the peers, in twenty minutes; writes the results
	$(BIN)/pip install -q -e '.[bench]'
	$(BIN)/python -m benchmarks.capacity
	$(BIN)/python -m benchmarks.cost_per_test
	$(BIN)/python -m benchmarks.without_rules
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks --rounds $(ROUNDS) --seconds $(SECONDS)
	$(BIN)/python -m benchmarks.plots
	$(BIN)/python -m docs.generate

lock: .venv/installed  ## the versions of all that tests, lint and docs need, for Python 3.11 and newer
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --fork-strategy fewest \
		--extra test --extra lint --extra docs --generate-hashes --no-emit-index-url \
		--custom-compile-command 'make lock' -o requirements/dev.lock pyproject.toml

dist:  ## a wheel, a source archive and pop3lab.pyz in dist/, checked
	rm -rf dist build/release && $(PYTHON) -m venv build/release && build/release/bin/pip install -q build twine
	build/release/bin/python -m build
	build/release/bin/twine check --strict dist/*
	$(PYTHON) -m venv --clear build/installed && build/installed/bin/pip install -q dist/*.whl
	build/installed/bin/pop3lab version
	$(PYTHON) scripts/pyz.py dist/*.whl dist/pop3lab.pyz && $(PYTHON) -I -S dist/pop3lab.pyz version

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pop3lab needs Python 3.11 or newer")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q -e .
	@touch $@

.venv/installed-all: .venv/installed requirements/dev.lock
	$(BIN)/pip install -q --require-hashes -r requirements/dev.lock
	$(BIN)/pip install -q --no-deps -e .
	@touch $@

build/node/installed: tests/interop_clients/package.json | apt
	mkdir -p build/node && cp $< build/node/
	npm install --prefix build/node --no-package-lock --no-audit --no-fund --silent
	@touch $@

apt:
	@missing=; for package in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
	else \
		echo "The tests need these programs: sudo apt-get install$$missing" >&2; exit 1; \
	fi

clean:
	rm -rf .venv build dist
