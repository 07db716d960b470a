#!/usr/bin/env bash
# CPython 3.11 to 3.13, standard library alone
#
# `await anext(generator, default)` gives the default when an asynchronous generator has ended. Where the generator had really waited (for a future, not only for `sleep(0)`) before it ended and the default is a **tuple**, the
# answer is "SystemError: <class 'StopIteration'> returned a result with an exception set". None, a list or a number as default work, and so does a generator that never waited.
# Streams of (channel, bytes) pairs are where a tuple comes naturally.
set -euo pipefail
python3 - >/tmp/anext.$$ <<'PY'
import asyncio

async def pairs(value):
    loop = asyncio.get_running_loop()
    for last in (False, True):
        waiting = loop.create_future()
        loop.call_later(0.01, waiting.set_result, None)
        await waiting
        if not last:
            yield value

async def main():
    for default in (None, [0, b""], (0, b"")):
        generator = pairs("first")
        await anext(generator, default)
        try:
            print(type(default).__name__, await anext(generator, default))
        except SystemError as error:
            print(type(default).__name__, "SystemError", error)

asyncio.run(main())
PY
trap 'rm -f /tmp/anext.$$' EXIT
diff - /tmp/anext.$$ <<'SEEN' && echo "as found: a tuple is no default for anext in $(python3 --version)"
NoneType None
list [0, b'']
tuple SystemError <class 'StopIteration'> returned a result with an exception set
SEEN
