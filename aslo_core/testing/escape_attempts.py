"""What a hostile program tries: each a piece of Python that raises OSError where the kernel refuses it.

One program makes them all, each in a process of its own, so that none profits or suffers from another. `HOST` tells it what it
could only guess, all of the host: a folder with a file that all may read and write, the number of a process, the address of a
server, the name of an abstract socket.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from types import MappingProxyType

_PRELUDE = """
import ctypes, fcntl, glob, json, os, platform, resource, signal, socket, struct, subprocess, sys, termios

libc = ctypes.CDLL(None, use_errno=True)
PARENT = os.getppid()
NUMBERS = {
    "x86_64": dict(pivot_root=155, finit_module=313, init_module=175, kexec_load=246, reboot=169, bpf=321, perf=298, swapon=167,
                   handle=304, acct=163, quotactl=179, settime=227, readv=310, pidfd_open=434, move_mount=429, open_tree=428,
                   fsopen=430, syslog=103, setns=308, delete_module=176, mount_setattr=442, name_to_handle=303),
    "aarch64": dict(pivot_root=41, finit_module=273, init_module=105, kexec_load=104, reboot=142, bpf=280, perf=241, swapon=224,
                    handle=265, acct=89, quotactl=60, settime=112, readv=270, pidfd_open=434, move_mount=429, open_tree=428,
                    fsopen=430, syslog=116, setns=268, delete_module=106, mount_setattr=442, name_to_handle=264),
}[platform.machine()]

def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def call(name, *arguments):
    return checked(libc.syscall(NUMBERS[name], *arguments))

def write(path, text="x"):
    with open(path, "w") as file:
        file.write(text)

def read(path):
    with open(path, "rb") as file:
        return file.read(100) or nothing(path)

def nothing(path):
    raise FileNotFoundError(path)

def besides(folder):
    with open("/proc/self/mountinfo") as file:
        mounted = file.read()  # the program's own files may be mounted below
    return [name for name in os.listdir(folder) if f" {folder}/{name}/" not in mounted]

def mount(source, target, kind, flags=0):
    checked(libc.mount(source, target, kind, flags, None))

def unshared(flags):
    checked(libc.unshare(flags))
"""

_EACH = """
def came_of(attempt):
    heard, told = os.pipe()
    if child := os.fork():
        os.close(told)
        with open(heard) as outcome:
            outcome = outcome.read()
        os.waitpid(child, 0)
        return outcome
    outcome = "DONE"
    try:
        exec(attempt, globals())
    except OSError as error:
        outcome = f"refused {error!r}"
    except BaseException as error:
        outcome = f"BROKEN {error!r}"
    os.write(told, outcome.encode())
    os._exit(0)

for name, attempt in ATTEMPTS.items():
    print(json.dumps([name, came_of(attempt)]), flush=True)
"""

REFUSED = "refused "
"""What an outcome begins with that is an error of the kernel's."""

_NEW_USER, _NEW_MOUNTS = 0x10000000, 0x00020000

ATTEMPTS: Mapping[str, str] = MappingProxyType(
    {
        # files of the host
        "read a file of the host": "read(HOST['folder'] + '/log.db')",
        "write to a file of the host": "write(HOST['folder'] + '/log.db')",
        "make a file on the host": "write(HOST['folder'] + '/new')",
        "list a folder of the host": "os.listdir(HOST['folder'])",
        "read the host's users": "read('/etc/shadow')",
        "read root's keys": "os.listdir('/root/.ssh')",
        "list the homes": "besides('/home') or nothing('/home')",
        "read the host's disk": "read((glob.glob('/dev/[vs]d*') + glob.glob('/dev/nvme*') + ['/dev/vda'])[0])",
        "make a device of the host's disk": "os.mknod('/tmp/disk', 0o060666, os.makedev(254, 0))",
        "make a device of the memory": "os.mknod('/tmp/memory', 0o020666, os.makedev(1, 1))",
        "read the machine's memory": "read('/dev/mem')",
        "read the kernel's memory": "read('/proc/kcore')",
        "read the kernel's messages": "read('/dev/kmsg')",
        "ask for the kernel's messages": "call('syslog', 3, ctypes.create_string_buffer(4096), 4096)",
        "open a file of the host by its handle": """
            handle = struct.pack("=IiQ", 8, 1, 2)
            place = os.open("/", os.O_RDONLY)
            call("handle", place, handle, os.O_RDONLY)
        """,
        "reach the host's root through its first process": "os.listdir('/proc/1/root/etc/apt') or nothing('etc')",
        "reach out by dots": "read('/../../../../..' + HOST['folder'] + '/log.db')",
        "reach out by a link": "os.symlink(HOST['folder'] + '/log.db', '/tmp/link'); read('/tmp/link')",
        "reach out by an open folder": "os.open('../../..' + HOST['folder'], 0, dir_fd=os.open('/tmp', 0))",
        # what runs the build
        "write to the root": "write('/new')",
        "write to Python's library": "write(os.__file__, 'import os')",
        "write beside Python's library": "write(os.path.dirname(os.__file__) + '/new.py')",
        "write to the interpreter": "os.open(os.path.realpath(sys.executable), os.O_WRONLY)",
        "write to what runs as the first process": "os.open('/proc/1/exe', os.O_WRONLY)",
        "write to what started this": "os.open('/proc/self/exe', os.O_WRONLY)",
        "change the interpreter's mode": "os.chmod(os.path.realpath(sys.executable), 0o777)",
        "remove the interpreter": "os.unlink(os.path.realpath(sys.executable))",
        "write below /etc": "write('/etc/new')",
        "write to the users of the image": "write('/etc/passwd', 'root::0:0::/:/bin/sh')",
        "write below /usr": "write('/usr/bin/new')",
        "write below /var": "write('/var/tmp/new')",
        "write to shared memory": "write('/dev/shm/new')",
        "write below /dev": "write('/dev/new')",
        # the kernel's own files
        "set what handles core dumps": "write('/proc/sys/kernel/core_pattern', '|/tmp/x')",
        "set what handles devices": "write('/sys/kernel/uevent_helper', '/tmp/x')",
        "set what handles modules": "write('/proc/sys/kernel/modprobe', '/tmp/x')",
        "set what handles the end of a control group": """
            places = glob.glob('/sys/fs/cgroup/*/release_agent') + ['/sys/fs/cgroup/release_agent']
            write(places[0], '/tmp/x')
        """,
        "make a control group": "os.mkdir((glob.glob('/sys/fs/cgroup/memory') + ['/sys/fs/cgroup'])[0] + '/new')",
        "raise its own limit of memory": """
            places = glob.glob('/sys/fs/cgroup/memory/memory.limit_in_bytes') + ['/sys/fs/cgroup/memory.max']
            write(places[0], str(1 << 40))
        """,
        "press a system key": "write('/proc/sysrq-trigger', 'h')",
        "switch the kernel's tracing": "write('/sys/kernel/debug/tracing/tracing_on', '1')",
        "change how memory is given out": "write('/proc/sys/vm/overcommit_memory', '1')",
        "be spared when memory is short": "write('/proc/self/oom_score_adj', '-1000')",
        # namespaces and mounts
        "mount a file system": "mount(b'x', b'/tmp', b'tmpfs')",
        "mount the processes": "os.mkdir('/tmp/p'); mount(b'proc', b'/tmp/p', b'proc')",
        "mount in a namespace of its own": f"""
            unshared({_NEW_USER | _NEW_MOUNTS:#x})
            mount(b"x", b"/tmp", b"tmpfs")
        """,
        "remount the root": "mount(None, b'/', None, 32)",
        "remount the root in a namespace of its own": f"""
            unshared({_NEW_USER | _NEW_MOUNTS:#x})
            mount(None, b"/", None, 32)
        """,
        "bind the root over scratch": "mount(b'/', b'/tmp', None, 4096)",
        "unmount the processes": "checked(libc.umount2(b'/proc', 2))",
        "change the root": "os.chroot('/tmp')",
        "swap the root": "call('pivot_root', b'/tmp', b'/tmp')",
        "open a file system by the new calls": "call('fsopen', b'tmpfs', 0)",
        "clone a tree of mounts": "call('open_tree', -100, b'/', 1)",
        "join the namespace of the first process": """
            place = os.open("/proc/1/ns/mnt", os.O_RDONLY)
            call("setns", place, 0)
        """,
        "leave the control group's namespace": "unshared(0x02000000)",
        # rights
        "become root": "os.setuid(0)",
        "become the owner of files": "os.setgid(0)",
        "join a group": "os.setgroups([0])",
        "give a file to root": "write('/tmp/mine'); os.chown('/tmp/mine', 0, 0)",
        "gain rights from a program that has them": """
            os.chmod(os.open("/tmp/su", os.O_CREAT | os.O_WRONLY), 0o6755)
            os.chown("/tmp/su", 0, 0)
        """,
        "gain a capability": """
            header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0, 0)
            checked(libc.capset(header, sets))
        """,
        "raise its limit of processor time": """
            try:
                resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            except ValueError as error:
                raise PermissionError(str(error))
        """,
        "raise its limit of files": """
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))
            except ValueError as error:
                raise PermissionError(str(error))
        """,
        "run before everybody": "os.setpriority(os.PRIO_PROCESS, 0, -20)",
        "run in real time": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
        # processes of the host
        "end a process of the host": "os.kill(HOST['victim'], signal.SIGKILL)",
        "trace a process of the host": "checked(libc.ptrace(16, HOST['victim'], 0, 0))",
        "read a process's memory": "read(f\"/proc/{HOST['victim']}/mem\")",
        "hold a process of the host": "call('pidfd_open', HOST['victim'], 0)",
        "read what a process was started with": "read(f\"/proc/{HOST['victim']}/environ\")",
        "trace the first process's parent": "checked(libc.ptrace(16, PARENT, 0, 0))",
        # the network
        "reach a server of the host": "socket.create_connection(HOST['tcp'], 5)",
        "reach an abstract socket of the host": "socket.socket(socket.AF_UNIX).connect(HOST['abstract'])",
        "reach the Docker daemon": "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
        "reach the internet": "socket.create_connection(('192.0.2.1', 80), 5)",
        "reach the cloud's metadata": "socket.create_connection(('169.254.169.254', 80), 5)",
        "send a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "listen to the wire": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)",
        "send raw packets": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)",
        # the machine
        "set the host's name": "checked(libc.sethostname(b'x', 1))",
        "set the clock": "call('settime', 0, struct.pack('qq', 0, 0))",
        "load a module": "call('init_module', b'', 0, b'')",
        "unload a module": "call('delete_module', b'x', 0)",
        "load a kernel": "call('kexec_load', 0, 0, None, 0)",
        "restart the machine": "call('reboot', 0xFEE1DEAD, 672274793, 0x89ABCDEF, None)",
        "swap to a file": "call('swapon', b'/tmp/x', 0)",
        "keep accounts of processes": "call('acct', b'/tmp/x')",
        "load a program into the kernel": "call('bpf', 5, struct.pack('IIQQ', 8, 1, 0, 0) + bytes(100), 120)",
        "watch the whole machine": "call('perf', struct.pack('IIQ', 0, 112, 0) + bytes(96), -1, 0, -1, 0)",
        "type into the operator's terminal": "fcntl.ioctl(0, termios.TIOCSTI, b'x')",
        "open the operator's terminal": "open('/dev/tty', 'rb+')",
    }
)


def program(attempts: Mapping[str, str], host: Mapping[str, object]) -> str:
    """A program that makes all attempts, and prints what came of each.

    Args:
        attempts: the pieces of Python, by their names.
        host: what they are told of the host.
    """
    pieces = {name: textwrap.dedent(attempt) for name, attempt in attempts.items()}
    return f"HOST = {host!r}\nATTEMPTS = {pieces!r}\n{_PRELUDE}\n{_EACH}"


def outcomes(output: str) -> dict[str, str]:
    """Read what such a program printed: what came of each attempt, empty where that ended its process."""
    return dict(json.loads(line) for line in output.splitlines())
