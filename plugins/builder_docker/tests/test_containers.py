"""What a container is denied stands in the daemon's own words about it."""

from __future__ import annotations

import docker
from aslo_builder_docker.testing import ContainerJail

from aslo_core.api import BuildLimits

LIMITS = BuildLimits(cpu_seconds=7, memory_bytes=300 << 20, processes=9, scratch_bytes=50 << 20)


def test_every_denial_and_limit_is_the_daemons(
    jail: ContainerJail, hostile: tuple[str, str], docker_client: docker.DockerClient
) -> None:
    with jail.containers.one(LIMITS, hostile[1]) as container:
        found = docker_client.containers.get(container.name).attrs
    host, config = found["HostConfig"], found["Config"]
    assert host["NetworkMode"] == "none"
    assert config["NetworkDisabled"] is True
    assert host["ReadonlyRootfs"] is True
    assert host["Tmpfs"] == {"/tmp": f"size={50 << 20},mode=1777,nosuid,nodev,noexec"}  # noqa: S108
    assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], None)
    assert host["SecurityOpt"] == ["no-new-privileges"]  # and nothing that would take seccomp's default profile away
    assert host["Privileged"] is False
    assert config["User"] == "1000:1000"
    assert host["PidsLimit"] == 10  # with the first one, which only waits
    assert host["Memory"] == host["MemorySwap"] == 350 << 20
    assert host["NanoCpus"] == 1_000_000_000
    limits = {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]}
    assert limits == {"core": 0, "cpu": 8, "fsize": 50 << 20, "memlock": 0, "nofile": 256}
    assert (host["Binds"], host.get("Mounts"), host["Devices"]) == (None, None, None)
    assert (host["PidMode"], host["IpcMode"], host["UTSMode"], host["UsernsMode"]) == ("", "none", "", "")
    assert host["AutoRemove"] is False
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert config["StdinOnce"] is True


def test_its_variables_are_ours_alone(jail: ContainerJail) -> None:
    attack = jail.run("import os; print(sorted(os.environ))")
    assert attack.output.strip() == "['HOME', 'HOSTNAME', 'LANG', 'PATH', 'TMPDIR']"


def test_seccomp_filters_its_calls(jail: ContainerJail) -> None:
    assert jail.run("print([line.split()[1] for line in open('/proc/self/status') if line.startswith('Seccomp:')])").output == (
        "['2']\n"
    )
