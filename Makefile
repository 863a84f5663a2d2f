# The commands of the README. `make help` lists them.
PORT ?= 8000
export PORT
PYTHON_IN_VENV = .venv/bin/python
TEST_DIR = $(CURDIR)/var/test
TEMPLATES = templates
# What a production machine would be given, with throw-away secrets, so that `check --deploy` has nothing to say.
DEPLOYED = HTTPS=1 ALLOWED_HOSTS=example.org SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz \
	CREDENTIAL_KEYS=check:only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz

.DEFAULT_GOAL := help
.PHONY: help run test test-hard quality fix bench clean

help: ## montre cette liste
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: ## installe si besoin, puis démarre le site et son ouvrier (PORT=8000) ; Ctrl-C arrête tout
	@bin/venv requirements.txt && exec $(PYTHON_IN_VENV) bin/run

test: ## joue les tests (ARGS="-k import" pour choisir)
	@bin/venv requirements-dev.txt
	@rm -rf "$(TEST_DIR)"
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) -m pytest $(ARGS)

test-hard: ## joue les longs essais (requêtes hostiles, actes croisés, pannes) et imprime ce qui a été tenté
	@bin/venv requirements-dev.txt
	@rm -rf "$(TEST_DIR)" && mkdir -p "$(TEST_DIR)"
	@# Two halves at once, each with a database of its own; the second half speaks when the first has.
	@{ if [ -n "$$DATABASE_URL" ]; then export DATABASE_URL="$${DATABASE_URL}_second"; fi; \
		VAR_DIR="$(TEST_DIR)/second" $(PYTHON_IN_VENV) -m pytest -m hard $(ARGS) accounts edulib_admin >"$(TEST_DIR)/second.log" 2>&1; \
		echo $$? >"$(TEST_DIR)/second.status"; } & \
	VAR_DIR="$(TEST_DIR)/first" $(PYTHON_IN_VENV) -m pytest -m hard $(ARGS) schools imports licences; first=$$?; \
	wait; cat "$(TEST_DIR)/second.log"; exit $$((first + $$(cat "$(TEST_DIR)/second.status")))

quality: ## vérifie le style, les gabarits, les migrations et les réglages de production
	@bin/venv requirements-dev.txt
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m djlint --quiet --lint $(TEMPLATES)
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) manage.py makemigrations --check --dry-run
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) manage.py check --fail-level WARNING
	@VAR_DIR="$(TEST_DIR)" $(DEPLOYED) $(PYTHON_IN_VENV) manage.py check --deploy --fail-level WARNING

fix: ## corrige ce qui se corrige tout seul
	@bin/venv requirements-dev.txt
	$(PYTHON_IN_VENV) -m ruff check --fix .
	$(PYTHON_IN_VENV) -m ruff format .

bench: ## mesure les vitesses promises (ARGS="…" pour benchmarks/run.py)
	@bin/venv requirements.txt
	@$(PYTHON_IN_VENV) benchmarks/run.py $(ARGS)

clean: ## retire .venv et les restes des tests, jamais vos données
	rm -rf .venv .pytest_cache .ruff_cache "$(TEST_DIR)"
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
