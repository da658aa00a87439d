@rfc @part:rfc-discovery
Feature: RFC: discovery
  What a server says of itself, and whether it then behaves so.

  # Source: RFC 7644 §4: /ServiceProviderConfig shall answer with an object whose schemas names ServiceProviderConfig
  # Mend: serve /ServiceProviderConfig with its schema URN
  @rfc.discovery.1 @must
  Scenario: The server says what it can do
    When the client sends GET "/ServiceProviderConfig"
    Then the answer is 200
    And "schemas" of the answer is ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]

  # Source: RFC 7643 §5: patch, bulk, filter, changePassword, sort and etag are required, each with supported, and bulk and filter with their limits
  # Mend: write every required attribute into /ServiceProviderConfig
  @rfc.discovery.2 @must
  Scenario: The service provider configuration is complete
    When the client sends GET "/ServiceProviderConfig"
    Then "patch.supported, bulk.supported, filter.supported, changePassword.supported, sort.supported, etag.supported" of the answer are booleans
    And "bulk.maxOperations, bulk.maxPayloadSize, filter.maxResults" of the answer are whole numbers

  # Source: RFC 7644 §4: several resource types shall be returned as a ListResponse; RFC 7643 §6: name, endpoint and schema are required
  # Mend: serve /ResourceTypes as a list, with name, endpoint and schema in each
  @rfc.discovery.3 @must
  Scenario: The resource types are a list
    When the client sends GET "/ResourceTypes"
    Then the answer is a ListResponse
    And each of "Resources" in the answer has "schemas, name, endpoint, schema"
    And the list is whole and counts itself

  # Source: RFC 7644 §4: /Schemas shall return all schemas as a ListResponse; RFC 7643 §7: id is required
  # Mend: serve /Schemas as a list, with id and attributes in each
  @rfc.discovery.4 @must
  Scenario: The schemas are a list
    When the client sends GET "/Schemas"
    Then the answer is a ListResponse
    And each of "Resources" in the answer has "id, attributes"
    And the list is whole and counts itself

  # Source: RFC 7643 §6: schema, and the schema of each extension, must be the id of a Schema
  # Mend: serve at /Schemas every schema that /ResourceTypes names
  @rfc.discovery.5 @must
  Scenario: Every schema that a resource type names can be found
    Then each resource type names schemas that /Schemas has

  # Source: RFC 7644 §4: a single schema is found under its URI and returned as one object
  # Mend: serve /Schemas/{id} for each schema
  @rfc.discovery.6 @should
  Scenario: A schema can be read by its id
    When the client asks for one of /Schemas by its id
    Then the answer is 200
    And "id" of the answer is "{Schema}"

  # Source: RFC 7644 §4: a filter on a discovery endpoint should be answered with 403
  # Mend: answer 403 to a filter on /ResourceTypes and /Schemas
  @rfc.discovery.7 @should
  Scenario: A filter on the resource types is refused
    When the client sends GET "/ResourceTypes?filter=name%20eq%20%22User%22"
    Then the answer is 403

  # Source: RFC 7644 §4: sorting and paging shall be ignored on the discovery endpoints
  # Mend: pass over startIndex, count and sortBy on /ResourceTypes and /Schemas
  @rfc.discovery.8 @must
  Scenario: Paging of the resource types is ignored
    Then /ResourceTypes with "startIndex=2&count=1" is the same as without

  # Source: RFC 7643 §6: endpoint is where resources of the type are, relative to the base URL
  # Mend: serve a list at the endpoint of each resource type
  @rfc.discovery.9 @must
  Scenario: The endpoint of each resource type answers
    Then the endpoint of each resource type answers with a list

  # Source: RFC 7643 §3 and §6: meta.resourceType is the name of a resource type; schemas only holds its schema and extensions, each once
  # Mend: write the name of the resource type into meta.resourceType, and only its schemas into schemas
  @rfc.discovery.10 @must
  Scenario: A person is of an advertised type
    Given the server has the person "Ada"
    Then meta.resourceType and schemas of "Ada" are those of a resource type

  # Source: RFC 7643 §7: type, multiValued, required, mutability and returned describe each attribute, with these keywords
  # Mend: describe each attribute in /Schemas in full
  @rfc.discovery.11 @must
  Scenario: Each attribute is fully described
    Then each attribute in /Schemas is fully described

  # Source: RFC 7643 §5: filter.maxResults is the largest number of resources in one answer
  # Mend: return no more, or advertise more
  @rfc.discovery.12 @must
  Scenario: No list is longer than advertised
    Given the server has the people "Ada" and "Bob"
    When the client lists people with "count=100000"
    Then the answer is 200
    And the list is no longer than filter.maxResults

  # Source: RFC 7643 §4.1.1: userName is required
  # Mend: set required true on userName in the User schema
  @rfc.discovery.13 @must
  Scenario: The schema says that userName is required
    Then /Schemas says of "userName" that "required" is "true"

  # Source: RFC 7643 §4.1.1: userName is case insensitive
  # Mend: set caseExact false on userName in the User schema
  @rfc.discovery.14 @must
  Scenario: The schema says that userName has no case
    Then /Schemas says of "userName" that "caseExact" is "false"

  # Source: RFC 7643 §4.1.1: the mutability of password is writeOnly, and it is never returned
  # Mend: describe password as writeOnly
  @rfc.discovery.15 @must
  Scenario: The schema says that a password is never shown
    Then /Schemas says of "password" that "mutability" is "writeOnly"
    And /Schemas says of "password" that "returned" is "never"

  # Source: RFC 7643 §4.1.2: groups of a User has a mutability of readOnly
  # Mend: describe groups as readOnly
  @rfc.discovery.16 @must
  Scenario: The schema says that groups of a person are read-only
    Then /Schemas says of "groups" that "mutability" is "readOnly"

  # Source: RFC 7644 §3.1: the schemas of messages shall not be found at /Schemas
  # Mend: leave urn:ietf:params:scim:api:… out of /Schemas
  @rfc.discovery.17 @must
  Scenario: The schemas of messages are not listed
    Then no schema is that of a message

  # Source: RFC 7643 §3: schemas names what defines the attributes that are present
  # Mend: add the attribute to the schema, or leave it out
  @rfc.discovery.18 @should
  Scenario: A person shows only what the schemas define
    Given the server has the person "Ada"
    Then each attribute that "Ada" shows is in /Schemas
    And each list that "Ada" shows is multi-valued in /Schemas

  # Source: RFC 7644 §3.12, table 8: 404 where a resource does not exist
  # Mend: answer 404 to an unknown schema
  @rfc.discovery.19 @should
  Scenario: An unknown schema is not found
    When the client sends GET "/Schemas/urn:example:nothing"
    Then the answer is 404

  # Source: RFC 7643 §5: authenticationSchemes is required; each has type, name and description
  # Mend: list the authentication schemes, each with type, name and description
  @rfc.discovery.20 @must
  Scenario: The ways to sign in are listed
    When the client sends GET "/ServiceProviderConfig"
    Then each of "authenticationSchemes" in the answer has "type, name, description"

  # Source: RFC 7644 §4: a single resource type is found under its name and returned as one object
  # Mend: serve /ResourceTypes/{name} for each
  @rfc.discovery.21 @should
  Scenario: A resource type can be read by its name
    When the client sends GET "/ResourceTypes/User"
    Then the answer is 200
    And "name" of the answer is "User"
    And "endpoint" of the answer is "/Users"

  # Source: RFC 7643 §4.1.1: userName must be unique; §7: uniqueness says so
  # Mend: set uniqueness server on userName in the User schema
  @rfc.discovery.22 @should
  Scenario: The schema says that userName is unique
    Then /Schemas says of "userName" that "uniqueness" is "server" or "global"

  # Source: RFC 7644 §4: a filter on a discovery endpoint should be answered with 403
  # Mend: answer 403 to a filter on /Schemas
  @rfc.discovery.23 @should
  Scenario: A filter on the schemas is refused
    When the client sends GET "/Schemas?filter=id%20pr"
    Then the answer is 403

  # Source: RFC 7643 §6: a resource type is User at /Users; §7: id of a schema is its URI, unique
  # Mend: list the schema of users once
  @rfc.discovery.24 @must
  Scenario: Each schema is there once
    Then each schema in /Schemas is there once

  # Source: RFC 7643 §3.1 and §5: discovery documents are resources of the types that their schemas name
  # Mend: write the schemas of resource types
  @rfc.discovery.25 @must
  Scenario: A resource type is a resource
    When the client sends GET "/ResourceTypes"
    Then "Resources[0].schemas" of the answer is ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]

  # Source: RFC 7643 §4.2: a group has members; §7: multiValued says that there are several
  # Mend: describe members as multi-valued
  @rfc.discovery.26 @must @needs:groups
  Scenario: The schema says that a group has many members
    Then /Schemas says of "members" of groups that "multiValued" is "true"

  # Source: RFC 7644 §4 and §3.12, table 8: 404 where a resource does not exist
  # Mend: answer 404 to an unknown resource type
  @rfc.discovery.27 @should
  Scenario: An unknown resource type is not found
    When the client sends GET "/ResourceTypes/NoSuchType"
    Then the answer is 404
