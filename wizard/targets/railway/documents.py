"""The GraphQL documents that Golive sends to Railway. A test validates all of them.

Source: Railway's public schema.
"""

from __future__ import annotations

DOCUMENTS = {
    "project_token": "query Whose { projectToken { project { id name workspaceId } environment { id name } } }",
    "api_token": "query Who { apiToken { workspaces { id name } } }",
    "projects": """query Projects($workspaceId: String) { projects(workspaceId: $workspaceId, first: 500) {
        edges { node { id name createdAt deletedAt environments { edges { node { id name } } } } } } }""",
    "project": """query Project($id: String!) { project(id: $id) { id name deletedAt subscriptionType
        environments { edges { node { id name } } }
        services { edges { node { id name } } }
        volumes { edges { node { id name volumeInstances { edges { node { id serviceId environmentId mountPath
        currentSizeMB sizeMB } } } } } } } }""",
    "buckets": "query Buckets($id: String!) { project(id: $id) { buckets { edges { node { id name } } } } }",
    "bucket_credentials": """query Credentials($bucketId: String!, $environmentId: String!, $projectId: String!) {
        bucketS3Credentials(bucketId: $bucketId, environmentId: $environmentId, projectId: $projectId) {
        bucketName urlStyle } }""",
    "create_bucket": "mutation Bucket($input: BucketCreateInput!) { bucketCreate(input: $input) { id name } }",
    "unmerged": "query Unmerged($id: String!) { environment(id: $id) { unmergedChangesCount } }",
    "commit_environment": """mutation Commit($environmentId: String!, $patch: EnvironmentConfig, $message: String) {
        environmentPatchCommit(environmentId: $environmentId, patch: $patch, commitMessage: $message) }""",
    "create_volume": "mutation Volume($input: VolumeCreateInput!) { volumeCreate(input: $input) { id } }",
    "variables": """query Variables($projectId: String!, $environmentId: String!, $serviceId: String!,
        $unrendered: Boolean) { variables(projectId: $projectId, environmentId: $environmentId, serviceId: $serviceId,
        unrendered: $unrendered) }""",
    "set_variables": """mutation Upsert($input: VariableCollectionUpsertInput!) {
        variableCollectionUpsert(input: $input) }""",
    "delete_variable": "mutation Forget($input: VariableDeleteInput!) { variableDelete(input: $input) }",
    "service_instance": """query Instance($environmentId: String!, $serviceId: String!) {
        serviceInstance(environmentId: $environmentId, serviceId: $serviceId) { healthcheckPath healthcheckTimeout
        startCommand buildCommand preDeployCommand drainingSeconds numReplicas cronSchedule nextCronRunAt
        restartPolicyType latestDeployment { id status createdAt instances { status } } } }""",
    "update_settings": """mutation Settings($serviceId: String!, $environmentId: String,
        $input: ServiceInstanceUpdateInput!) {
        serviceInstanceUpdate(serviceId: $serviceId, environmentId: $environmentId, input: $input) }""",
    "delete_service": """mutation Delete($id: String!, $environmentId: String) {
        serviceDelete(id: $id, environmentId: $environmentId) }""",
    "deployments": """query Deployments($input: DeploymentListInput!, $first: Int) {
        deployments(input: $input, first: $first) { edges { node { id status createdAt canRollback } } } }""",
    "progress": """query Progress($id: String!, $limit: Int) {
        deployment(id: $id) { id status deploymentStopped }
        buildLogs(deploymentId: $id, limit: $limit) { timestamp message severity }
        deploymentLogs(deploymentId: $id, limit: $limit) { timestamp message severity } }""",
    "status": "query Status($id: String!) { deployment(id: $id) { id status deploymentStopped } }",
    "log": """query Log($id: String!, $limit: Int) {
        deploymentLogs(deploymentId: $id, limit: $limit) { timestamp message severity } }""",
    "events": """query Why($id: String!) { deploymentEvents(id: $id, first: 50) { edges { node { step completedAt
        payload { error reason detail attempt maxAttempts } } } } }""",
    "redeploy": "mutation Redeploy($id: String!) { deploymentRedeploy(id: $id, usePreviousImageTag: true) { id } }",
    "rollback": "mutation Rollback($id: String!) { deploymentRollback(id: $id) }",
    "backup_schedules": """query Schedules($id: String!) {
        volumeInstanceBackupScheduleList(volumeInstanceId: $id) { kind } }""",
    "set_backup_schedules": """mutation Schedule($id: String!, $kinds: [VolumeInstanceBackupScheduleKind!]!) {
        volumeInstanceBackupScheduleUpdate(volumeInstanceId: $id, kinds: $kinds) }""",
}
