"""Open the batch system of a configuration."""

from prodcli.batch import Batch
from prodcli.config.settings import Config


def open_batch(config: Config) -> Batch:
    """The batch system of the configuration; contacted at its first question."""
    if config.get("batch.system") == "htcondor":
        from prodcli.batch.htcondor.batch import HTCondorBatch

        return HTCondorBatch(
            schedds=[str(name) for name in config.get("batch.schedds")],
            collector=str(config.get("batch.collector")),
            condor_config=str(config.path(own)) if (own := config.get("batch.condor_config")) else "",
            history_file=config.get("batch.history") == "file",
        )
    from prodcli.batch.local.batch import LocalBatch

    return LocalBatch(config.path(config.get("batch.queue")))
