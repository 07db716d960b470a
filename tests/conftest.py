"""What holds for every test.

A shell without job control has what it runs in the background ignore Ctrl-C (POSIX.1-2017, 2.11), and so would all processes that tests
start, also those that are sent one.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
