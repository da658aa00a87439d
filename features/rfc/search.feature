@rfc @part:rfc-lists
Feature: RFC: search
  Queries by POST and of the whole server: RFC 7644 §3.4.2.1 and §3.4.3.

  # Source: RFC 7644 §3.4.3: a POST to /.search is a query, answered as in §3.4.2
  # Mend: answer a search with a ListResponse
  @rfc.search.1 @must @needs:search @needs:filter
  Scenario: People can be searched by POST
    Given the server has the people "Ada" and "Bob"
    When the client searches people with
      """
      {"filter":"userName eq \"{Ada.name}\""}
      """
    Then the answer is a ListResponse
    And the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.3: startIndex and count are as in §3.4.2.4
  # Mend: obey startIndex and count of a search
  @rfc.search.2 @must @needs:search @needs:filter
  Scenario: A search has pages
    Given the server has the people "Ada", "Bob" and "Cat"
    When the client searches people with
      """
      {"filter":"userName sw \"{unique}\"","startIndex":2,"count":1}
      """
    Then totalResults is 3
    And the list has 1 resource
    And "startIndex" of the answer is 2

  # Source: RFC 7644 §3.4.3: attributes is a list of names to return
  # Mend: obey attributes of a search
  @rfc.search.3 @must @needs:search @needs:filter
  Scenario: A search returns what is asked for
    Given the server has the person "Ada"
    When the client searches people with
      """
      {"filter":"userName sw \"{unique}\"","attributes":["displayName","userName"]}
      """
    Then each resource of the list holds nothing beside "schemas, id, userName, displayName, meta"

  # Source: RFC 7644 §3.4.3: sortBy and sortOrder are as in §3.4.2.3
  # Mend: obey sortBy of a search
  @rfc.search.4 @must @needs:search @needs:filter @needs:sort
  Scenario: A search can be sorted
    Given the server has the person "Bob" with
      """
      {"title":"{unique} b","userName":"{unique}-bob@example.com","name":{"familyName":"Cc"},"emails":[{"value":"c.{unique}@example.com","type":"work","primary":true},{"value":"a.{unique}@example.com","type":"home"}]}
      """
    And the server has the person "Ada" with
      """
      {"title":"{unique} A","userName":"{unique}-ADA@example.com","name":{"familyName":"Bb"},"emails":[{"value":"d.{unique}@example.com","type":"home"},{"value":"a0.{unique}@example.com","type":"work","primary":true}]}
      """
    And the server has the person "Cat" with
      """
      {"title":"{unique} C","userName":"{unique}-Cat@example.com","name":{"familyName":"Aa"},"emails":[{"value":"b.{unique}@example.com","type":"work"}]}
      """
    When the client searches people with
      """
      {"filter":"userName sw \"{unique}\"","sortBy":"userName","sortOrder":"descending"}
      """
    Then the list holds "Cat", "Bob" and "Ada" in this order

  # Source: RFC 7644 §3.4.2.1: a query of the server root includes all resources; an attribute that a type does not have has no value
  # Mend: search people and groups at the root
  @rfc.search.5 @must @needs:root-search @needs:filter @needs:groups
  Scenario: The whole server can be searched
    Given the server has the person "Ada" with
      """
      {"displayName":"{unique} both"}
      """
    And the server has the group "both"
    When the client searches the whole server with
      """
      {"filter":"displayName eq \"{unique} both\""}
      """
    Then the list holds exactly "Ada" and "both"

  # Source: RFC 7644 §3.4.2.1: meta.resourceType restricts a query of the root to a type
  # Mend: filter by meta.resourceType
  @rfc.search.6 @must @needs:root-search @needs:filter @needs:groups
  Scenario: A search of the whole server can be restricted to a type
    Given the server has the person "Ada" with
      """
      {"displayName":"{unique} both"}
      """
    And the server has the group "both"
    When the client searches the whole server with
      """
      {"filter":"displayName eq \"{unique} both\" and meta.resourceType eq \"Group\""}
      """
    Then the list holds exactly "both"

  # Source: RFC 7644 §3.4.2.1: an attribute that is no part of a type is treated as if it had no value
  # Mend: take an attribute that a type does not have for empty
  @rfc.search.7 @must @needs:root-search @needs:filter @needs:groups
  Scenario: At the root, what a type does not have has no value
    Given the server has the person "Ada"
    And the server has the group "Team"
    When the client searches the whole server with
      """
      {"filter":"userName eq \"{Ada.name}\""}
      """
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.12, table 9: invalidFilter applies to searches too
  # Mend: answer 400 with scimType invalidFilter
  @rfc.search.8 @must @needs:search
  Scenario: A broken filter in a search is refused
    When the client searches people with
      """
      {"filter":"userName eq"}
      """
    Then the answer is 400
    And the scimType is "invalidFilter"

  # Source: RFC 7644 §3.4.2.1: a query of the server root includes all resources, subject to the filter
  # Mend: answer GET at the base URL with a list
  @rfc.search.9 @must @needs:root @needs:filter
  Scenario: The whole server can be listed by GET
    Given the server has the people "Ada" and "Bob"
    When the client filters the whole server by userName eq "{Ada.name}"
    Then the list holds exactly "Ada"
