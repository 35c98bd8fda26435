# One image for the seeder and the service: the locked pins, then the rooms, run by a user who owns nothing.
FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/understudy
COPY requirements/ requirements/
RUN /opt/understudy/bin/pip install --require-hashes -r requirements/runtime.txt \
    && python -m pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml CHANGELOG.md ./
COPY generators/ generators/
COPY seeds/ seeds/
COPY api/ api/
COPY env_config/ env_config/
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . ./env_config \
    && /opt/understudy/bin/pip install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
COPY --from=build /opt/understudy /opt/understudy
ENV PATH=/opt/understudy/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --create-home --uid 10001 understudy
USER understudy
WORKDIR /srv
CMD ["understudy", "--help"]
