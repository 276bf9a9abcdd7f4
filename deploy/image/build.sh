#!/bin/sh
# The steps of the image: build.sh SOURCE TARGET. Builds the wheel of the source, makes an environment at TARGET from the
# lock alone (hashes are compared), compiles it, and puts the health check beside it. Writes nothing into SOURCE.
set -eu
source=$1
target=$2
uv_version=0.13.9
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
uv="$work/tools/bin/uv"
export UV_PYTHON_DOWNLOADS=never UV_CACHE_DIR="$work/cache" UV_LINK_MODE=copy

cd "$source"
"$uv" build --quiet --wheel --out-dir "$work/dist" "$source"
"$uv" export --quiet --frozen --no-dev --no-emit-project --output-file "$work/requirements.txt" >/dev/null
"$uv" venv --quiet --clear --python "$(command -v python3)" "$target"
"$uv" pip install --quiet --python "$target/bin/python" --require-hashes --compile-bytecode -r "$work/requirements.txt"
"$uv" pip install --quiet --python "$target/bin/python" --no-deps --compile-bytecode "$work"/dist/*.whl
cp "$source/deploy/image/health.py" "$target/"
rm -f "$target/.lock"
