"""What ``import torch`` finds in processes that a program under ``rushlight run`` starts by multiprocessing.

Such a process gets its parent's ``sys.path``, which holds this file's folder, but none of its import hooks.
"""

from __future__ import annotations

from rushlight.cli.run import install_alias

install_alias()
