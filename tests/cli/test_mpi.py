#!/usr/bin/env python3
"""Drives duro experiment --launcher mpi: test_mpi.py path/to/duro. Workers that mpirun starts, those of Open MPI and of
MPICH where they are installed: the tables and policies are those of one machine, bit for bit, also after a kill."""

import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

from test_cli import DURO
from test_worker import ALL, FILE, Shared

# what Open MPI wants to be told where root tests on few processors
OPEN_MPI = "--allow-run-as-root --oversubscribe"
KINDS = [(kind, options) for kind, options in (("openmpi", OPEN_MPI), ("mpich", "")) if shutil.which(f"mpirun.{kind}")]


class Mpi(Shared):
    def mpirun(self, kind):
        """An environment whose mpirun is that of `kind`."""
        folder = self.path(f"bin-{kind}")
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/mpirun", "w") as file:  # no link: that of MPICH seeks its parts beside it
            file.write(f'#!/bin/sh\nexec mpirun.{kind} "$@"\n')
        os.chmod(f"{folder}/mpirun", 0o755)
        return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}

    def launch(self, kind, options, *words):
        given = [f"--mpi={options}"] if options else []
        return subprocess.Popen([DURO, "experiment", *words, "--launcher", "mpi", *given], cwd=self.folder,
                                env=self.mpirun(kind), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    @unittest.skipUnless(KINDS, "no mpirun")
    def test_same_as_alone_and_after_a_kill(self):
        wanted = self.alone()
        for kind, options in KINDS:
            name = f"mpi-{kind}"
            self.write(f"{name}.yaml", FILE)
            first = self.launch(kind, options, f"{name}.yaml", "--jobs", "3")
            self.wait_for("experiments", name, "jobs", "train-di-DRAC-1.job")
            os.killpg(first.pid, signal.SIGKILL)  # mpirun; its workers die with it, or see to the end
            first.communicate()
            self.end(self.launch(kind, options, f"{name}.yaml", "--jobs", "2"))
            self.assert_same(name, wanted)

    @unittest.skipUnless(KINDS, "no mpirun")
    def test_each_job_once(self):
        kind, options = KINDS[0]
        self.write("once.yaml", FILE)
        said = self.end(self.launch(kind, options, "once.yaml", "--jobs", "3", "--only", "di"))
        started = re.findall(r"(?m)^start +(.*)$", said)
        self.assertEqual((len(started), len(set(started))), (ALL + 1, ALL + 1), started)

    def test_without_mpirun(self):
        self.write("none.yaml", FILE)
        done = subprocess.run([DURO, "experiment", "none.yaml", "--launcher", "mpi"], cwd=self.folder, text=True,
                              capture_output=True, env={**os.environ, "PATH": "/nowhere"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "duro: there is no mpirun; Debian has it in openmpi-bin and in mpich\n")
        self.fails(2, "neither mpirun nor srun", "experiment", "none.yaml", "--worker", "mpi")
        self.fails(2, "--mpi gives too many options; wanted at most 256", "experiment", "none.yaml", "--launcher", "mpi",
                   "--mpi", "-x A " * 150)

    def test_ranks(self):
        """Each of the ways to say a rank, and what is no rank."""
        self.write("rank.yaml", FILE)
        for rank, size in (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"),
                           ("SLURM_PROCID", "SLURM_NTASKS")):
            for values in (("4", "4"), ("-1", "4"), ("x", "0")):
                done = subprocess.run([DURO, "experiment", "rank.yaml", "--worker", "mpi"], cwd=self.folder, text=True,
                                      capture_output=True, env={**os.environ, rank: values[0], size: values[1]})
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("neither mpirun nor srun", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
