"""A Slurm of its own in a folder: munged, slurmctld and two nodes on this machine, by processes of this program that end
with it. Needs root and Debian's slurmctld, slurmd, slurm-client and munge; says why where it cannot be started."""

import os
import shutil
import socket
import subprocess
import time

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "scontrol", "sinfo")
CONFIGURATION = """ClusterName=duro
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
KillWait=5
MinJobAge=3600
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
NodeName=one NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=2000
NodeName=two NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 RealMemory=2000
PartitionName=main Nodes=one,two Default=YES MaxTime=60 State=UP
"""


class Missing(Exception):
    """Why there can be no Slurm here."""


def find(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not path:
        raise Missing(f"there is no {name}; apt-get install slurmctld slurmd slurm-client munge")
    return path


def free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    numbers = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return numbers


class Cluster:
    def __init__(self, folder):
        self.folder, self.daemons = folder, {}
        self.programs = {name: find(name) for name in PROGRAMS}
        if os.geteuid():
            raise Missing("only root can start munged and slurmd")
        for name in ("", "state", "spool-one", "spool-two"):
            os.makedirs(os.path.join(folder, name), mode=0o755, exist_ok=True)
        self.env = {**os.environ, "SLURM_CONF": os.path.join(folder, "slurm.conf")}
        with open(self.env["SLURM_CONF"], "w") as file:
            file.write(CONFIGURATION.format(host=socket.gethostname(), folder=folder, ports=free_ports(3)))
        with open(os.path.join(folder, "munge.key"), "wb") as file:
            os.fchmod(file.fileno(), 0o400)
            file.write(os.urandom(1024))
        try:
            self.start()
        except Missing:
            self.stop()
            raise

    def start(self):
        at = {name: os.path.join(self.folder, "munge." + name) for name in ("key", "socket", "pid", "seed", "log")}
        self.run_daemon("munged", "--foreground", "--force", "--num-threads=2", f"--key-file={at['key']}",
                        f"--socket={at['socket']}", f"--pid-file={at['pid']}", f"--seed-file={at['seed']}",
                        f"--log-file={at['log']}")
        self.wait("munged", lambda: os.path.exists(at["socket"]))
        self.run_daemon("slurmctld", "-D", "-c")
        for node in ("one", "two"):
            self.run_daemon("slurmd", "-D", "-N", node, key=node)
        self.wait("slurmd", lambda: self.call("sinfo", "-h", "-o", "%D %t").split() == ["2", "idle"])

    def run_daemon(self, name, *words, key=None):
        with open(os.path.join(self.folder, f"{key or name}.out"), "ab") as log:
            self.daemons[key or name] = subprocess.Popen([self.programs[name], *words], env=self.env, stdout=log,
                                                         stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait(self, what, ready, seconds=60):
        for _ in range(10 * seconds):
            if ready():
                return
            ended = [name for name, child in self.daemons.items() if child.poll() is not None]
            if ended:
                break
            time.sleep(.1)
        raise Missing(f"{what} cannot be started: {self.last_words(ended[0] if ended else what)}")

    def last_words(self, name):
        with open(os.path.join(self.folder, f"{name}.out"), errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        return lines[-1] if lines else "it says nothing"

    def call(self, name, *words):
        done = subprocess.run([self.programs[name], *words], env=self.env, capture_output=True, text=True, timeout=60)
        return done.stdout

    def stop(self):
        for child in reversed(list(self.daemons.values())):
            child.terminate()
        for child in self.daemons.values():
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.daemons = {}
