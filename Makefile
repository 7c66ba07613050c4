PYTHON ?= python3
BIN = .venv/bin
LOCK = UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
       --generate-hashes --no-emit-index-url --no-header

.PHONY: demo fresh check test lock messages environment

demo: environment  ## Start everything with the demo's data; Ctrl-C stops it
	@$(BIN)/python -m config.demo

fresh: environment  ## Throw the demo's data away and start over
	@$(BIN)/python -m config.demo --fresh

check: environment  ## Style, types, layers, migrations and the fast tests: some two minutes on two cores
	@$(BIN)/python tests/run.py check

test: environment  ## Everything, on every database, broker and browser that is there
	@$(BIN)/python tests/run.py test

lock: environment  ## Write the locks anew; UPGRADE=--upgrade takes newer versions
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements.lock
	$(LOCK) $(UPGRADE) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	echo uv | $(LOCK) $(UPGRADE) - -o requirements-bootstrap.lock

messages: environment  ## Collect and compile the translations; needs gettext
	DEMO=1 $(BIN)/python manage.py makemessages -l de -l fr -l es --no-location --ignore .venv --ignore var
	DEMO=1 $(BIN)/python manage.py compilemessages --ignore .venv

# Installs only when a lock has changed. Needs Python and nothing else: pip brings uv, uv brings the rest.
environment:
	@want=$$(cat requirements-*.lock | cksum); \
	if [ "$$want" = "$$(cat .venv/locks 2>/dev/null)" ]; then exit 0; fi; \
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
	  { echo "Reinstate needs Python 3.11 or 3.12. Name one: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is incomplete. Run: sudo apt-get install python3-venv"; exit 1; }; \
	echo "Setting up .venv ..."; \
	{ [ -x $(BIN)/python ] || $(PYTHON) -m venv .venv; } && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock && \
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock && \
	echo "$$want" > .venv/locks
