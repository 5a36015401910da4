"""What the smoke test makes of strace's output."""

from pathlib import Path

from smoking import traces

OWN = Path("/home/smoke/.local/share/likeness")
PASSING = Path("/home/smoke/tmp")


def found(tmp_path: Path, *lines: str) -> list[str]:
    (tmp_path / "trace.1").write_text("\n".join(lines) + "\n")
    seen = traces.read([tmp_path / "trace.1"], "/roots/a")
    assert seen.n_calls == len(lines)
    return traces.troubles(seen, [OWN], [PASSING])


def test_own_folders_and_devices_may_be_written_and_anything_read(tmp_path: Path) -> None:
    assert not found(
        tmp_path,
        'openat(AT_FDCWD</roots/a/>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</roots/a/etc/passwd>',
        f'openat(AT_FDCWD</>, "{OWN}/catalog.sqlite", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 4</x>',
        'openat(AT_FDCWD</>, "/dev/null", O_RDWR) = 5</dev/null>',
        'openat(AT_FDCWD</>, "/proc/self/task/12/comm", O_RDWR) = 6</proc/1/comm>',
        f'unlink("{PASSING}/qipc_1") = 0',
        'mkdir("/home/smoke/.local", 0777) = 0',
        'openat(AT_FDCWD</>, "/etc/motd", O_WRONLY) = -1 ENOENT (No such file or directory)',
        "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3<UNIX-STREAM:[1]>",
        'connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path=@"/tmp/.X11-unix/X1"}, 20) = 0',
    )


def test_every_other_file_that_is_written_is_named(tmp_path: Path) -> None:
    said = found(
        tmp_path,
        'openat(AT_FDCWD</>, "/home/smoke/.cache/torch/x", O_WRONLY|O_CREAT, 0644) = 4</x>',
        'openat(7</roots/a/home/smoke>, "note \\303\\244.txt", O_RDWR|O_CREAT, 0644) = 4</x>',
        'rename("/home/smoke/tmp/a", "/home/smoke/My photos/a.jpg") = 0',
        'mkdir("/opt/x", 0777) = -1 EACCES (Permission denied)',
    )
    assert [line.rpartition(": ")[2] for line in said] == [
        "/home/smoke/.cache/torch/x",
        "/home/smoke/My photos/a.jpg",
        "/home/smoke/note ä.txt",
        "/opt/x",
    ]


def test_every_turn_to_the_network_is_told_even_one_that_failed(tmp_path: Path) -> None:
    address = '{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}'
    said = found(
        tmp_path,
        "socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 5<UDPv6:[1]>",
        f"connect(5<TCP:[1]>, {address}, 16) = -1 ENETUNREACH (Network is unreachable)",
    )
    assert len(said) == 2 and "192.0.2.1" in said[1]


def test_a_trace_that_saw_nothing_proves_nothing() -> None:
    assert traces.troubles(traces.Seen(), [OWN], []) == ["strace has seen nothing"]
