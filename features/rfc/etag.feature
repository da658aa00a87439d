@rfc @part:rfc-versions @needs:etag
Feature: RFC: versions (ETag)
  RFC 7644 §3.14, where the server advertises etag.

  # Source: RFC 7644 §3.14: an ETag must be sent as an HTTP header
  # Mend: send the header ETag with each resource
  @rfc.etag.1 @must
  Scenario: A person has a version
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}"
    Then the header "ETag" is set

  # Source: RFC 7644 §3.14: the version should be in meta.version; RFC 7643 §3.1: the same as the header
  # Mend: write the ETag into meta.version
  @rfc.etag.2 @should
  Scenario: The version is in meta
    Given the server has the person "Ada"
    When the client sends GET "/Users/{Ada}"
    Then meta.version is the header ETag

  # Source: RFC 7644 §3.14 (RFC 7232 §2.3): a changed resource has another ETag
  # Mend: change the ETag with each change
  @rfc.etag.3 @must
  Scenario: A change makes another version
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    And the title of "Ada" was changed to "New"
    Then the version of "Ada" is now another one

  # Source: RFC 7644 §3.14 (RFC 7232 §2.3): what has not changed has the same ETag
  # Mend: make the ETag from the state, not from the clock
  @rfc.etag.4 @must
  Scenario: Reading makes no other version
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    Then the version of "Ada" is now the same

  # Source: RFC 7644 §3.14: a resource that has not changed is answered with 304 and no body
  # Mend: obey If-None-Match
  @rfc.etag.5 @must
  Scenario: What has not changed is not sent again
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    When the client sends GET "/Users/{Ada}" with the header "If-None-Match: {Ada.tag}"
    Then the answer is 304
    And the body is empty

  # Source: RFC 7644 §3.14 (RFC 7232 §3.2): a resource that has changed is sent
  # Mend: compare If-None-Match with the version of now
  @rfc.etag.6 @must
  Scenario: What has changed is sent
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    And the title of "Ada" was changed to "New"
    When the client sends GET "/Users/{Ada}" with the header "If-None-Match: {Ada.tag}"
    Then the answer is 200
    And "title" of the answer is "New"

  # Source: RFC 7644 §3.14: a PUT with If-Match succeeds if the version is the latest
  # Mend: obey If-Match on PUT
  @rfc.etag.7 @must
  Scenario: The latest version can be replaced
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    When the client replaces the remembered version of "Ada" with
      """
      {"title":"New"}
      """
    Then the answer is 200
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.14: a PUT with If-Match succeeds only if the version is the latest; §3.12, table 8: 412
  # Mend: answer 412 and change nothing
  @rfc.etag.8 @must
  Scenario: An old version cannot be replaced
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    And the title of "Ada" was changed to "Between"
    When the client replaces the remembered version of "Ada" with
      """
      {"title":"New"}
      """
    Then the answer is 412
    And "title" of "Ada" is now "Between"

  # Source: RFC 7644 §3.14: a PATCH with If-Match succeeds only if the version is the latest; §3.12, table 8: 412
  # Mend: answer 412 and change nothing
  @rfc.etag.9 @must @needs:patch
  Scenario: An old version cannot be patched
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    And the title of "Ada" was changed to "Between"
    When the client patches the remembered version of "Ada" with
      """
      [{"op":"replace","path":"title","value":"New"}]
      """
    Then the answer is 412
    And "title" of "Ada" is now "Between"

  # Source: RFC 7644 §3.12, table 8: 412 applies to DELETE too
  # Mend: obey If-Match on DELETE
  @rfc.etag.10 @should
  Scenario: An old version cannot be deleted
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    And the title of "Ada" was changed to "Between"
    When the client sends DELETE "/Users/{Ada}" with the header "If-Match: {Ada.tag}"
    Then the answer is 412
    And "title" of "Ada" is now "Between"

  # Source: RFC 7644 §3.14: the server answers a create with the ETag
  # Mend: send ETag with 201
  @rfc.etag.11 @should
  Scenario: A new person comes with a version
    When the client creates the person "Ada"
    Then the answer is 201
    And the header "ETag" is set

  # Source: RFC 7644 §3.14 (RFC 7232 §3.1): If-Match with the latest version succeeds
  # Mend: obey If-Match on PATCH
  @rfc.etag.12 @must @needs:patch
  Scenario: The latest version can be patched
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    When the client patches the remembered version of "Ada" with
      """
      [{"op":"replace","path":"title","value":"New"}]
      """
    Then the request succeeds
    And "title" of "Ada" is now "New"

  # Source: RFC 7644 §3.14 (RFC 7232 §3.1): If-Match with the latest version succeeds
  # Mend: obey If-Match on DELETE
  @rfc.etag.13 @must
  Scenario: The latest version can be deleted
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    When the client sends DELETE "/Users/{Ada}" with the header "If-Match: {Ada.tag}"
    Then the answer is 204
    And "Ada" cannot be read any more

  # Source: RFC 7644 §3.14 (RFC 7232 §2.3): the ETag of a PUT is that of the new version
  # Mend: send the new ETag with a PUT
  @rfc.etag.14 @should
  Scenario: The version of a replace is the new one
    Given the server has the person "Ada"
    When the client replaces "Ada" with
      """
      {"title":"New"}
      """
    Then the answer is 200
    And the header ETag is the version of "Ada"

  # Source: RFC 7644 §3.14: an ETag must be sent as an HTTP header
  # Mend: send the header ETag with each group
  @rfc.etag.15 @must @needs:groups
  Scenario: A group has a version
    Given the server has the group "Team"
    When the client sends GET "/Groups/{Team}"
    Then the header "ETag" is set

  # Source: RFC 7644 §3.14: the version should be in meta.version, in lists too
  # Mend: write meta.version into the resources of lists
  @rfc.etag.16 @should @needs:filter
  Scenario: Versions are in lists too
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    When the client lists the people of this scenario with "count=1"
    Then "Resources[0].meta.version" of the answer is exactly "{Ada.tag}"

  # Source: RFC 7644 §3.14 (RFC 7232 §3.2): If-None-Match may name several versions
  # Mend: compare with each version of If-None-Match
  @rfc.etag.17 @should
  Scenario: One of several versions is enough
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    When the client sends GET "/Users/{Ada}" with the remembered and another version in If-None-Match
    Then the answer is 304
