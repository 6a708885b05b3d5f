"""What the official Python clients are asked to do: `clients.py STEP`. Every step asserts what it gets."""

import json
import os
import sys
import time

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient
from azure.mgmt.databoxedge import DataBoxEdgeManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.storage import StorageManagementClient
from azure.storage.blob import BlobServiceClient

# Absent: by default settings, as for public Azure.
ARM = os.environ.get("CHECK_ARM_ENDPOINT")
TENANT = os.environ["AZURE_TENANT_ID"]
SUBSCRIPTION = os.environ["AZURE_SUBSCRIPTION_ID"]
OBJECT_ID = os.environ["CHECK_OBJECT_ID"]
GROUP = os.environ["CHECK_GROUP"]
VAULT = os.environ["CHECK_VAULT"]
ACCOUNT = os.environ["CHECK_ACCOUNT"]

own_authority = {"authority": os.environ["AZURE_AUTHORITY_HOST"], "disable_instance_discovery": True} if ARM else {}
own_endpoint = {"base_url": ARM, "credential_scopes": [f"{ARM}/.default"]} if ARM else {}
credential = ClientSecretCredential(
    TENANT, os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"], **own_authority
)


def management(client):
    return client(credential, SUBSCRIPTION, **own_endpoint)


def make_resources():
    """A device, a vault for oneself and a storage account; the account is waited for."""
    device = management(DataBoxEdgeManagementClient).devices.create_or_update(
        "python-device",
        GROUP,
        {"location": "westeurope", "sku": {"name": "EdgeP_Base"}, "identity": {"type": "SystemAssigned"}},
    )
    assert device.identity.principal_id
    permissions = {"secrets": ["get", "set", "list", "delete", "recover"]}
    vault = (
        management(KeyVaultManagementClient)
        .vaults.begin_create_or_update(
            GROUP,
            VAULT,
            {
                "location": "westeurope",
                "properties": {
                    "tenantId": TENANT,
                    "sku": {"family": "A", "name": "standard"},
                    "enableRbacAuthorization": False,
                    "accessPolicies": [{"tenantId": TENANT, "objectId": OBJECT_ID, "permissions": permissions}],
                },
            },
            polling_interval=1,
        )
        .result()
    )
    assert vault.properties.provisioning_state == "Succeeded", vault.properties.provisioning_state
    account = (
        management(StorageManagementClient)
        .storage_accounts.begin_create(
            GROUP, ACCOUNT, {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
        )
        .result()
    )
    assert account.provisioning_state == "Succeeded", account.provisioning_state


def use_secrets():
    """The life of a secret, from its first version to its recovery."""
    vault = management(KeyVaultManagementClient).vaults.get(GROUP, VAULT)
    client = SecretClient(vault.properties.vault_uri, credential)
    assert client.set_secret("python", "first").value == "first"
    client.set_secret("python", "second", tags={"check": "python"}, content_type="text/plain")
    found = client.get_secret("python")
    assert (found.value, found.properties.tags) == ("second", {"check": "python"})
    assert [secret.name for secret in client.list_properties_of_secrets()] == ["python"]
    assert len(list(client.list_properties_of_secret_versions("python"))) == 2
    client.begin_delete_secret("python").wait()
    assert client.get_deleted_secret("python").name == "python"
    try:
        client.get_secret("python")
        raise AssertionError("a deleted secret was read")
    except ResourceNotFoundError as error:
        assert error.error.code == "SecretNotFound", error
    client.begin_recover_deleted_secret("python").wait()
    assert client.get_secret("python").value == "second"


def read_audit_log():
    """The records of calls to the vault that the Azure CLI made and audits."""
    url = management(StorageManagementClient).storage_accounts.get_properties(GROUP, ACCOUNT).primary_endpoints.blob
    container = BlobServiceClient(url, credential).get_container_client("insights-logs-auditevent")
    operations = set()
    deadline = time.monotonic() + 30
    while "SecretGet" not in operations:
        assert time.monotonic() < deadline, f"only {operations} were recorded within 30 s"
        time.sleep(0.5)
        try:
            for blob in container.list_blobs():
                assert blob.name.endswith("/PT1H.json"), blob.name
                for line in container.download_blob(blob.name).readall().splitlines():
                    operations.add(json.loads(line)["operationName"])
        except ResourceNotFoundError as error:
            assert error.error_code == "ContainerNotFound", error


def audit_log_is_closed():
    """Without a role for data the log cannot be read."""
    url = management(StorageManagementClient).storage_accounts.get_properties(GROUP, ACCOUNT).primary_endpoints.blob
    try:
        list(BlobServiceClient(url, credential).get_container_client("insights-logs-auditevent").list_blobs())
        raise AssertionError("the log was listed without a role")
    except HttpResponseError as error:
        assert error.error_code == "AuthorizationPermissionMismatch", error


def read_by_default():
    """The same vault under its public name."""
    vault = management(KeyVaultManagementClient).vaults.get(GROUP, VAULT)
    assert vault.properties.vault_uri == f"https://{VAULT}.vault.azure.net/", vault.properties.vault_uri
    assert SecretClient(vault.properties.vault_uri, credential).get_secret("python").value == "second"


steps = (make_resources, use_secrets, audit_log_is_closed, read_audit_log, read_by_default)
next(step for step in steps if step.__name__ == sys.argv[1])()
