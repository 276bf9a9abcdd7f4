"""Names that Azure keeps for itself: a forwarding rule must be at least as specific as they are to catch names below.

Nobody publishes the list. This one is what is documented by reference and what was observed: the two-label names of
the private endpoint table, the names that cannot be private zones, and `microsoftonline.com`.
"""

from __future__ import annotations

from collectors.graph.ids import Fqdn, suffixes

_PUBLIC = """
    azclient.ms azconfig.io azmk8s.io aznbcontent.net azure-api.net azure-automation.net
    azure-devices-provisioning.net azure-devices.net azure.com azure.net azurecontainerapps.io azurecr.io
    azuredatabricks.net azurehdinsight.net azurehealthcareapis.com azureiotcentral.com azureml.ms
    azurestaticapps.net azuresynapse.net azurewebsites.net botframework.com cloudapp.net core.windows.net
    microsoft.com microsoftonline.com msidentity.com signalr.net trafficmanager.net videoindexer.ai
    visualstudio.com windows.net windowsazure.com
"""
_US_GOVERNMENT = """
    azclient.us azure-automation.us azure-devices-provisioning.us azure-devices.us azure.us azurecr.us
    azurehdinsight.us azurehealthcareapis.us azureml.us azurewebsites.us core.usgovcloudapi.net microsoft.us
    msidentity.us usgovcloudapi.net usgovcloudapp.net usgovtrafficmanager.net windows.us windowsazure.us
"""
_CHINA = """
    azclient.cn azure-automation.cn azure-devices-provisioning.cn azure-devices.cn azure.cn azurehdinsight.cn
    azureml.cn chinacloudapi.cn chinacloudapp.cn chinacloudsites.cn core.chinacloudapi.cn microsoft.cn
    msidentity.cn trafficmanager.cn windows.cn
"""

_RESERVED = frozenset(map(Fqdn, (_PUBLIC + _US_GOVERNMENT + _CHINA).split()))


def reserved_suffix(name: Fqdn) -> Fqdn:
    """The longest reserved suffix of a name, the root when it has none."""
    return next((suffix for suffix in suffixes(name) if suffix in _RESERVED), Fqdn(""))
