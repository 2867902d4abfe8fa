"""What a decoder process gives up before it meets a peer's bytes: memory, files, sockets, programs.

Limits of the system hold where it has them (Linux, in part macOS), a filter of system calls where libseccomp
is installed, as it is wherever systemd runs. A call that is filtered fails with EPERM.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

MEMORY_BYTES, MEMORY_BYTES_A_PIXEL = 512 << 20, 100
"More than a decoder takes for what the checks let pass; together 1.3 GB at 3840x2160."

OPEN_FILES = 1
"New descriptors get a lower number than this, and 0 is taken: those that are open stay open."

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38

FORBIDDEN_CALLS = """
open openat openat2 creat memfd_create mknod mknodat truncate ftruncate unlink unlinkat rename renameat
renameat2 link linkat symlink symlinkat mkdir mkdirat rmdir chmod fchmod fchmodat chown fchown lchown fchownat
execve execveat fork vfork kill tkill ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd
socket socketpair connect bind listen accept accept4 io_uring_setup io_uring_enter
mount umount2 unshare setns chroot pivot_root bpf perf_event_open userfaultfd
add_key request_key keyctl init_module finit_module
"""
"Nothing is opened, begun, sent elsewhere or looked at any more."

_SCMP_ALLOW, _SCMP_ERRNO, _SCMP_MASKED_EQUAL = 0x7FFF0000, 0x00050000, 7
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x10000


def confine(width: int, height: int) -> None:
    """Give up, for good, what decoding pictures of this size does not need."""
    libc, seccomp = _library(None), _library("libseccomp.so.2")  # first: later nothing can be opened
    _limit_resources(MEMORY_BYTES + MEMORY_BYTES_A_PIXEL * width * height)
    if libc is not None:
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # nor may other processes of this user look into it
    if seccomp is not None:
        _filter_calls(seccomp)


def _library(name: str | None) -> ctypes.CDLL | None:
    """Load a library of Linux's; None where there is none."""
    if sys.platform != "linux":
        return None
    with suppress(OSError):
        return ctypes.CDLL(name)
    return None


def _limit_resources(more_memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_NOFILE: OPEN_FILES}
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limits[resource.RLIMIT_AS] = pages * os.sysconf("SC_PAGE_SIZE") + more_memory
    for limit, value in limits.items():
        with suppress(ValueError, OSError):  # a lower one was set before
            resource.setrlimit(limit, (value, value))


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of libseccomp."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def _filter_calls(library: ctypes.CDLL) -> None:
    """Forbid calls to this thread and all that it will begin."""
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_SCMP_ALLOW)))

    def forbid(name: str, error: int, *comparisons: _Comparison) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        arguments = (_Comparison * len(comparisons))(*comparisons)
        action = ctypes.c_uint32(_SCMP_ERRNO | error)
        library.seccomp_rule_add_array(context, action, number, len(comparisons), arguments)

    for name in FORBIDDEN_CALLS.split():
        forbid(name, _EPERM)  # of a name that this kernel does not know, nothing comes
    # Threads may begin, processes may not. No filter sees clone3's flags: without it, libc uses clone.
    forbid("clone", _EPERM, _Comparison(0, _SCMP_MASKED_EQUAL, _CLONE_THREAD, 0))
    forbid("clone3", _ENOSYS)
    library.seccomp_load(context)
    library.seccomp_release(context)
