Feature: Discovery of entitlements
  Apps with entitlement management, and those that import the schema of users, read
  /ResourceTypes, then /Schemas, then the endpoint of each resource type. No other
  Okta app calls these, so a server without them loses nothing else.

  # Source: Okta guide "SCIM with entitlements": discovery starts with /ResourceTypes
  # Breaks: an app with entitlements finds nothing to import
  # Mend: list every resource type with name, schema and endpoint
  @entitlements.1 @should @catalog @wizard @needs:resource-types @okta:entitlements
  Scenario: The resource types can be discovered
    When Okta discovers what the server has
    Then the answer is 200
    And every resource type has a name, a schema and an endpoint
    And people are among the resource types

  # Source: Okta guide "SCIM with entitlements": then /Schemas
  # Breaks: attributes of entitlements and of users cannot be imported
  # Mend: list every schema that a resource type names, extensions too, with its attributes
  @entitlements.2 @should @catalog @wizard @needs:resource-types @okta:entitlements
  Scenario: The schemas of the resource types can be discovered
    Then every schema that a resource type names is in the list of schemas

  # Source: Okta guide "SCIM with entitlements": then each resource endpoint
  # Breaks: the values of entitlements cannot be imported
  # Mend: answer GET on the endpoint of every resource type with a list
  @entitlements.3 @should @catalog @wizard @alone @needs:resource-types @okta:entitlements
  Scenario: What the resource types stand for can be listed
    Given Okta has created the person "Ada"
    Then every endpoint of a resource type can be listed
