"""Which private-link zone answers for which service: the zone table of private endpoints, in three clouds.

Machine Learning has tables of its own. Facts from learn.microsoft.com: Azure Private Endpoint private DNS zone
values; the public cloud's of 2026-05-07, the others of an undated later copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from collectors.graph.ids import Fqdn, suffixes

# One row a line: resource type (below Microsoft.), private-link groups, and the suffixes of the names. A suffix has the
# zone `privatelink.<suffix>` unless another one follows behind `=`; `{}` stands for one label, such as a region.
_TABLE = {
    "AzureCloud": """
    CognitiveServices/accounts account: cognitiveservices.azure.com openai.azure.com services.ai.azure.com
    BotService/botServices Bot: directline.botframework.com
    BotService/botServices Token: token.botframework.com
    Synapse/workspaces Sql,SqlOnDemand: sql.azuresynapse.net
    Synapse/workspaces Dev: dev.azuresynapse.net
    Synapse/privateLinkHubs Web: azuresynapse.net
    EventHub/namespaces namespace: servicebus.windows.net
    ServiceBus/namespaces namespace: servicebus.windows.net
    DataFactory/factories dataFactory: datafactory.azure.net
    DataFactory/factories portal: adf.azure.com
    HDInsight/clusters gateway,headnode: azurehdinsight.net
    Kusto/Clusters cluster: {}.kusto.windows.net blob.core.windows.net queue.core.windows.net table.core.windows.net
    PowerBI/privateLinkServicesForPowerBI tenant: analysis.windows.net pbidedicated.windows.net \\
        prod.powerquery.microsoft.com
    Databricks/workspaces databricks_ui_api,browser_authentication: azuredatabricks.net
    Fabric/privateLinkServicesForFabric workspace: fabric.microsoft.com
    Batch/batchAccounts batchAccount,nodeManagement: batch.azure.com
    DesktopVirtualization/workspaces global: wvd.microsoft.com=privatelink-global.wvd.microsoft.com
    DesktopVirtualization/workspaces feed: wvd.microsoft.com
    DesktopVirtualization/hostpools connection: wvd.microsoft.com
    ContainerService/managedClusters management: {}.azmk8s.io
    App/ManagedEnvironments managedEnvironments: {}.azurecontainerapps.io
    ContainerRegistry/registries registry: azurecr.io
    Sql/servers sqlServer: database.windows.net
    Sql/managedInstances managedInstance: {}.database.windows.net
    DocumentDB/databaseAccounts Sql: documents.azure.com
    DocumentDB/databaseAccounts MongoDB: mongo.cosmos.azure.com
    DocumentDB/databaseAccounts Cassandra: cassandra.cosmos.azure.com
    DocumentDB/databaseAccounts Gremlin: gremlin.cosmos.azure.com
    DocumentDB/databaseAccounts Table: table.cosmos.azure.com
    DocumentDB/databaseAccounts Analytical: analytics.cosmos.azure.com
    DBforPostgreSQL/serverGroupsv2 coordinator: postgres.cosmos.azure.com
    DocumentDB/mongoClusters MongoCluster: mongocluster.cosmos.azure.com
    DBforPostgreSQL/servers postgresqlServer: postgres.database.azure.com
    DBforPostgreSQL/flexibleServers postgresqlServer: postgres.database.azure.com
    DBforMySQL/servers mysqlServer: mysql.database.azure.com
    DBforMySQL/flexibleServers mysqlServer: mysql.database.azure.com
    DBforMariaDB/servers mariadbServer: mariadb.database.azure.com
    Cache/Redis redisCache: redis.cache.windows.net
    Cache/RedisEnterprise redisEnterprise: redisenterprise.cache.azure.net
    Cache/RedisEnterprise redisEnterprise: redis.azure.net
    HybridCompute/privateLinkScopes hybridcompute: his.arc.azure.com guestconfiguration.azure.com \\
        dp.kubernetesconfiguration.azure.com
    EventGrid/topics topic: eventgrid.azure.net
    EventGrid/domains domain: eventgrid.azure.net
    EventGrid/namespaces topic: eventgrid.azure.net
    EventGrid/namespaces topicSpace: ts.eventgrid.azure.net
    EventGrid/partnerNamespaces partnernamespace: eventgrid.azure.net
    ApiManagement/service Gateway: azure-api.net
    HealthcareApis/workspaces healthcareworkspace: azurehealthcareapis.com dicom.azurehealthcareapis.com
    Devices/IotHubs iotHub: azure-devices.net servicebus.windows.net
    Devices/ProvisioningServices iotDps: azure-devices-provisioning.net
    DeviceUpdate/accounts DeviceUpdate: api.adu.microsoft.com
    IoTCentral/IoTApps iotApp: azureiotcentral.com azure-devices.net servicebus.windows.net \\
        azure-devices-provisioning.net
    DigitalTwins/digitalTwinsInstances API: digitaltwins.azure.net
    Media/mediaservices keydelivery,liveevent,streamingendpoint: media.azure.net
    VideoIndexer/accounts account: api.videoindexer.ai
    Automation/automationAccounts Webhook,DSCAndHybridWorker: azure-automation.net
    RecoveryServices/vaults AzureBackup,AzureBackup_secondary: {}.backup.windowsazure.com blob.core.windows.net \\
        queue.core.windows.net
    RecoveryServices/vaults AzureSiteRecovery: siterecovery.windowsazure.com
    Insights/privateLinkScopes azuremonitor: monitor.azure.com oms.opinsights.azure.com ods.opinsights.azure.com \\
        agentsvc.azure-automation.net blob.core.windows.net
    Purview/accounts account: purview.azure.com
    Purview/accounts portal: purviewstudio.azure.com
    Purview/accounts platform: purview-service.microsoft.com
    Migrate/migrateProjects Default: prod.migration.windowsazure.com
    Migrate/assessmentProjects Default: prod.migration.windowsazure.com
    Authorization/resourceManagementPrivateLinks ResourceManagement: azure.com
    Dashboard/grafana grafana: grafana.azure.com
    Monitor/accounts prometheusMetrics: {}.prometheus.monitor.azure.com
    KeyVault/vaults vault: vault.azure.net=privatelink.vaultcore.azure.net vaultcore.azure.net
    KeyVault/managedHSMs managedhsm: managedhsm.azure.net
    AppConfiguration/configurationStores configurationStores: azconfig.io
    Attestation/attestationProviders standard: attest.azure.net
    Storage/storageAccounts blob,blob_secondary: blob.core.windows.net
    Storage/storageAccounts table,table_secondary: table.core.windows.net
    Storage/storageAccounts queue,queue_secondary: queue.core.windows.net
    Storage/storageAccounts file: file.core.windows.net
    Storage/storageAccounts web,web_secondary: web.core.windows.net
    Storage/storageAccounts dfs,dfs_secondary: dfs.core.windows.net
    StorageSync/storageSyncServices afs: afs.azure.net
    Compute/diskAccesses disks: blob.core.windows.net
    ElasticSan/elasticSans volumegroup: blob.storage.azure.net=privatelink.blob.core.windows.net
    FileShares/fileShares FileShare: file.core.windows.net
    Search/searchServices searchService: search.windows.net
    Relay/namespaces namespace: servicebus.windows.net
    Web/sites sites: azurewebsites.net
    SignalRService/SignalR signalr: service.signalr.net
    Web/staticSites staticSites: azurestaticapps.net {}.azurestaticapps.net
    Maps/accounts account: account.maps.azure.com
    SignalRService/WebPubSub webpubsub: webpubsub.azure.com
    """,
    "AzureUSGovernment": """
    CognitiveServices/accounts account: cognitiveservices.azure.us
    EventHub/namespaces namespace: servicebus.usgovcloudapi.net
    Synapse/workspaces Sql,SqlOnDemand: sql.azuresynapse.usgovcloudapi.net
    Synapse/workspaces Dev: dev.azuresynapse.usgovcloudapi.net
    Synapse/privateLinkHubs Web: azuresynapse.usgovcloudapi.net
    DataFactory/factories dataFactory: datafactory.azure.us
    DataFactory/factories portal: adf.azure.us
    HDInsight/clusters gateway,headnode: azurehdinsight.us
    Databricks/workspaces databricks_ui_api,browser_authentication: databricks.azure.us
    Batch/batchAccounts batchAccount,nodeManagement: batch.usgovcloudapi.net
    DesktopVirtualization/workspaces global: wvd.azure.us=privatelink-global.wvd.azure.us
    DesktopVirtualization/workspaces feed: wvd.azure.us
    DesktopVirtualization/hostpools connection: wvd.azure.us
    ContainerRegistry/registries registry: azurecr.us
    Sql/servers sqlServer: database.usgovcloudapi.net
    Sql/managedInstances managedInstance: {}.database.usgovcloudapi.net
    DocumentDB/databaseAccounts Sql: documents.azure.us
    DocumentDB/databaseAccounts MongoDB: mongo.cosmos.azure.us
    DocumentDB/databaseAccounts Cassandra: cassandra.cosmos.azure.us
    DocumentDB/databaseAccounts Gremlin: gremlin.cosmos.azure.us
    DocumentDB/databaseAccounts Table: table.cosmos.azure.us
    DBforPostgreSQL/servers postgresqlServer: postgres.database.usgovcloudapi.net
    DBforPostgreSQL/flexibleServers postgresqlServer: postgres.database.usgovcloudapi.net
    DBforMySQL/servers mysqlServer: mysql.database.usgovcloudapi.net
    DBforMySQL/flexibleServers mysqlServer: mysql.database.usgovcloudapi.net
    DBforMariaDB/servers mariadbServer: mariadb.database.usgovcloudapi.net
    Cache/Redis redisCache: redis.cache.usgovcloudapi.net
    ServiceBus/namespaces namespace: servicebus.usgovcloudapi.net
    EventGrid/topics topic: eventgrid.azure.us
    EventGrid/domains domain: eventgrid.azure.us
    HealthcareApis/workspaces healthcareworkspace: workspace.azurehealthcareapis.us fhir.azurehealthcareapis.us \\
        dicom.azurehealthcareapis.us
    Devices/IotHubs iotHub: azure-devices.us servicebus.usgovcloudapi.net
    Devices/ProvisioningServices iotDps: azure-devices-provisioning.us
    Automation/automationAccounts Webhook,DSCAndHybridWorker: azure-automation.us
    RecoveryServices/vaults AzureBackup: {}.backup.windowsazure.us
    Migrate/migrateProjects Default: prod.migration.windowsazure.us
    Migrate/assessmentProjects Default: prod.migration.windowsazure.us
    RecoveryServices/vaults AzureSiteRecovery: siterecovery.windowsazure.us
    Insights/privateLinkScopes azuremonitor: monitor.azure.us adx.monitor.azure.us oms.opinsights.azure.us \\
        ods.opinsights.azure.us agentsvc.azure-automation.us blob.core.usgovcloudapi.net
    Purview/accounts account: purview.azure.us
    Purview/accounts portal: purviewstudio.azure.us
    KeyVault/vaults vault: vault.usgovcloudapi.net=privatelink.vaultcore.usgovcloudapi.net vaultcore.usgovcloudapi.net
    AppConfiguration/configurationStores configurationStores: azconfig.azure.us
    Storage/storageAccounts blob,blob_secondary: blob.core.usgovcloudapi.net
    Storage/storageAccounts table,table_secondary: table.core.usgovcloudapi.net
    Storage/storageAccounts queue,queue_secondary: queue.core.usgovcloudapi.net
    Storage/storageAccounts file,file_secondary: file.core.usgovcloudapi.net
    Storage/storageAccounts web,web_secondary: web.core.usgovcloudapi.net
    Storage/storageAccounts dfs,dfs_secondary: dfs.core.usgovcloudapi.net
    Search/searchServices searchService: search.azure.us
    Relay/namespaces namespace: servicebus.usgovcloudapi.net
    Web/sites sites: azurewebsites.us
    """,
    "AzureChinaCloud": """
    DataFactory/factories dataFactory: datafactory.azure.cn
    DataFactory/factories portal: adf.azure.cn
    HDInsight/clusters gateway,headnode: azurehdinsight.cn
    Kusto/Clusters cluster: {}.kusto.windows.cn
    Batch/batchAccounts batchAccount,nodeManagement: batch.chinacloudapi.cn
    DesktopVirtualization/workspaces global: wvd.azure.cn=privatelink-global.wvd.azure.cn
    DesktopVirtualization/workspaces feed: wvd.azure.cn
    DesktopVirtualization/hostpools connection: wvd.azure.cn
    Sql/servers sqlServer: database.chinacloudapi.cn
    DocumentDB/databaseAccounts Sql: documents.azure.cn
    DocumentDB/databaseAccounts MongoDB: mongo.cosmos.azure.cn
    DocumentDB/databaseAccounts Cassandra: cassandra.cosmos.azure.cn
    DocumentDB/databaseAccounts Gremlin: gremlin.cosmos.azure.cn
    DocumentDB/databaseAccounts Table: table.cosmos.azure.cn
    DBforPostgreSQL/servers postgresqlServer: postgres.database.chinacloudapi.cn
    DBforPostgreSQL/flexibleServers postgresqlServer: postgres.database.chinacloudapi.cn
    DBforMySQL/servers mysqlServer: mysql.database.chinacloudapi.cn
    DBforMySQL/flexibleServers mysqlServer: mysql.database.chinacloudapi.cn
    DBforMariaDB/servers mariadbServer: mariadb.database.chinacloudapi.cn
    Cache/Redis redisCache: redis.cache.chinacloudapi.cn
    ServiceBus/namespaces namespace: servicebus.chinacloudapi.cn
    Devices/IotHubs iotHub: azure-devices.cn servicebus.chinacloudapi.cn
    Devices/ProvisioningServices iotDps: azure-devices-provisioning.cn
    Automation/automationAccounts Webhook,DSCAndHybridWorker: azure-automation.cn
    KeyVault/vaults vault: vault.azure.cn=privatelink.vaultcore.azure.cn vaultcore.azure.cn
    Storage/storageAccounts blob,blob_secondary: blob.core.chinacloudapi.cn
    Storage/storageAccounts table,table_secondary: table.core.chinacloudapi.cn
    Storage/storageAccounts queue,queue_secondary: queue.core.chinacloudapi.cn
    Storage/storageAccounts file,file_secondary: file.core.chinacloudapi.cn
    Storage/storageAccounts web,web_secondary: web.core.chinacloudapi.cn
    Storage/storageAccounts dfs,dfs_secondary: dfs.core.chinacloudapi.cn
    StorageSync/storageSyncServices afs: afs.azure.cn
    EventHub/namespaces namespace: servicebus.chinacloudapi.cn
    Relay/namespaces namespace: servicebus.chinacloudapi.cn
    Web/sites sites: chinacloudsites.cn
    SignalRService/SignalR signalR: signalr.azure.cn
    ContainerRegistry/registries registry: azurecr.cn
    """,
}

_ANY = "{}"
_OVER_EVERYTHING = "azure.com"  # the zone of resource management lies over nearly all others: only its own type asks it
_OWN_SERVICES = "microsoft.network/privatelinkservices"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSuffix:
    """A suffix of a service's public names and the zone that holds them; `{}` stands for one label."""

    cloud: str
    type: str
    groups: frozenset[str]
    public: str
    zone: str

    def place(self, name: Fqdn) -> tuple[Fqdn, str] | None:
        """Zone and relative record of a public name below the suffix; None for other names."""
        labels, wanted = name.split("."), self.public.split(".")
        if len(labels) <= len(wanted):
            return None
        tail = labels[-len(wanted) :]
        if any(want not in (_ANY, label) for label, want in zip(tail, wanted, strict=True)):
            return None
        zone = self.zone
        for label, want in zip(tail, wanted, strict=True):
            zone = zone.replace(_ANY, label, 1) if want == _ANY else zone
        return Fqdn(zone), ".".join(labels[: -len(wanted)])


@cache
def service_suffixes() -> tuple[ServiceSuffix, ...]:
    """Every row of the table, one per suffix."""
    return tuple(_rows())


def _rows() -> Iterator[ServiceSuffix]:
    for cloud, text in _TABLE.items():
        for line in text.replace("\\\n", " ").strip().splitlines():
            head, _, tail = line.partition(":")
            type, _, groups = head.strip().partition(" ")
            for word in tail.split():
                public, _, zone = word.partition("=")
                yield ServiceSuffix(
                    cloud=cloud,
                    type=f"microsoft.{type.lower()}",
                    groups=frozenset(groups.lower().split(",")),
                    public=public,
                    zone=zone or f"privatelink.{public}",
                )


@cache
def _by_type() -> dict[str, tuple[ServiceSuffix, ...]]:
    found: dict[str, list[ServiceSuffix]] = {}
    for row in service_suffixes():
        found.setdefault(row.type, []).append(row)
    return {type: tuple(rows) for type, rows in found.items()}


@cache
def _by_last_label() -> dict[str, tuple[ServiceSuffix, ...]]:
    """The rows that any name may be looked up in, by the two last labels of their suffix."""
    found: dict[str, list[ServiceSuffix]] = {}
    for row in service_suffixes():
        if row.public != _OVER_EVERYTHING:
            found.setdefault(suffixes(row.public)[-2], []).append(row)
    return {label: tuple(rows) for label, rows in found.items()}


def place_of(name: Fqdn, type: str, group: str = "") -> tuple[Fqdn, str] | None:
    """Zone and relative record of a public name that an endpoint of a resource type and group lists.

    The rows of the type and group are asked first, then those of the type, then all: new services appear before
    they are documented, mostly below suffixes that are known. None: nobody can place it.
    """
    own = _by_type().get(type.lower(), ())
    exact = tuple(row for row in own if group.lower() in row.groups)
    known = suffixes(name)
    everybody = _by_last_label().get(known[-2], ()) if len(known) > 1 else ()
    for rows in (exact, own, everybody):
        placed = [(row.public.count("."), place) for row in rows if (place := row.place(name))]
        if placed:
            return max(placed)[1]
    return None


def is_documented(type: str) -> bool:
    """Whether the table knows a resource type."""
    return type.lower() in _by_type()


def is_own_service(type: str) -> bool:
    """Whether a target is a private link service of a customer's own: nobody but its owner knows its names."""
    return type.lower() == _OWN_SERVICES


def suffix_of_zone(name: Fqdn) -> Fqdn | None:
    """The public suffix of a name in its public or its private-link form, which a server must forward."""
    known = suffixes(name.replace(".privatelink.", ".", 1))
    for row in _by_last_label().get(known[-2], ()) if len(known) > 1 else ():
        depth = row.public.count(".") + 1
        tail = Fqdn(".".join(known[0].split(".")[-depth:]))
        if row.place(known[0]) and tail:
            return tail
    return None
