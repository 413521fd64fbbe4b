"""The batch port: the questions of prodcli to a batch system, and its answers; `local` and `htcondor` implement it."""

from prodcli.batch.answers import (
    Changes,
    ClaimedCluster,
    Counted,
    DescribedJob,
    Factory,
    Intake,
    JobEvent,
    ProcId,
    QueuedJob,
    whole,
)
from prodcli.batch.port import PATIENCE, Batch, Capabilities, IdleLook, NodeLists, SubmitProcess

__all__ = [
    "PATIENCE",
    "Batch",
    "Capabilities",
    "Changes",
    "ClaimedCluster",
    "Counted",
    "DescribedJob",
    "Factory",
    "Intake",
    "JobEvent",
    "IdleLook",
    "NodeLists",
    "ProcId",
    "QueuedJob",
    "SubmitProcess",
    "whole",
]
