"""Packages of payment services, behind the egress guard: they use a server of the rehearsal instead of the service."""

from .imports import when_imported

RAZORPAY = "api.razorpay.com"


def install(addresses):
    """Lead the packages of this process to *addresses*, a mapping from a service's name to its URL in the rehearsal."""
    if addresses.get("razorpay"):
        when_imported("razorpay.client", lambda module: lead_razorpay(module, addresses["razorpay"]))


def lead_razorpay(module, url):
    """Let clients for Razorpay's own host use *url*. Those for another address keep it."""
    real = module.Client._set_base_url

    def _set_base_url(self, **options):
        own = real(self, **options)
        return url if RAZORPAY in own else own

    module.Client._set_base_url = _set_base_url
