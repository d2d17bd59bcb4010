"""All probes. Importing this module registers them."""

from wizard.diagnosis import (
    background_probes,
    deployment_probes,
    limit_probes,
    log_probes,
    mail_probes,
    project_probes,
    rate_limit_probes,
    service_probes,
    static_file_probes,
    upload_probes,
)
from wizard.diagnosis.probe import PROBES

__all__ = [
    "PROBES", "background_probes", "deployment_probes", "limit_probes", "log_probes", "mail_probes", "project_probes",
    "rate_limit_probes", "service_probes", "static_file_probes", "upload_probes",
]  # fmt: skip
