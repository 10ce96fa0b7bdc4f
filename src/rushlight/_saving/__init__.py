"""Saved files: PyTorch's archives and older files, read without running any code from them, and written.

whole_file writes files whole or not at all; pickling and unpickling turn objects into PyTorch's pickles and
back;
allowed says what a pickle may name; archive and legacy are the two layouts of files.
"""

from __future__ import annotations
