@rfc @part:rfc-lists @needs:sort @needs:filter
Feature: RFC: order
  RFC 7644 §3.4.2.3, where the server advertises sort.

  Background:
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

  # Source: RFC 7644 §3.4.2.3: ascending is the default; userName has no case
  # Mend: sort ascending by sortBy
  @rfc.sort.1 @must
  Scenario: People are sorted by sortBy
    When the client lists the people of this scenario with "sortBy=userName"
    Then the list holds "Ada", "Bob" and "Cat" in this order

  # Source: RFC 7644 §3.4.2.3: sortOrder descending turns the order round
  # Mend: obey sortOrder
  @rfc.sort.2 @must
  Scenario: People are sorted backwards
    When the client lists the people of this scenario with "sortBy=userName&sortOrder=descending"
    Then the list holds "Cat", "Bob" and "Ada" in this order

  # Source: RFC 7644 §3.4.2.3: attributes without caseExact are sorted without case
  # Mend: sort title without case
  @rfc.sort.3 @must
  Scenario: Order has no case where the attribute has none
    When the client lists the people of this scenario with "sortBy=title&sortOrder=ascending"
    Then the list holds "Ada", "Bob" and "Cat" in this order

  # Source: RFC 7644 §3.4.2.3: who has no value comes last if ascending
  # Mend: put empty values last
  @rfc.sort.4 @must
  Scenario: Who has no value comes last
    Given the server has the person "Dan" with
      """
      {"userName":"{unique}-dan@example.com"}
      """
    When the client lists the people of this scenario with "sortBy=title&sortOrder=ascending"
    Then the list holds "Ada", "Bob", "Cat" and "Dan" in this order

  # Source: RFC 7644 §3.4.2.3: who has no value comes first if descending
  # Mend: put empty values first when descending
  @rfc.sort.5 @must
  Scenario: Backwards, who has no value comes first
    Given the server has the person "Dan" with
      """
      {"userName":"{unique}-dan@example.com"}
      """
    When the client lists the people of this scenario with "sortBy=title&sortOrder=descending"
    Then the list holds "Dan", "Cat", "Bob" and "Ada" in this order

  # Source: RFC 7644 §3.4.2.3: of a complex attribute, sortBy names a sub-attribute
  # Mend: understand name.familyName in sortBy
  @rfc.sort.6 @must
  Scenario: People are sorted by a sub-attribute
    When the client lists the people of this scenario with "sortBy=name.familyName"
    Then the list holds "Cat", "Ada" and "Bob" in this order

  # Source: RFC 7644 §3.4.2.3: of a multi-valued attribute the primary value counts, or else the first
  # Mend: sort by the primary value
  @rfc.sort.7 @must
  Scenario: People are sorted by their primary address
    When the client lists the people of this scenario with "sortBy=emails.value"
    Then the list holds "Ada", "Cat" and "Bob" in this order

  # Source: RFC 7644 §3.4.2.3 and §3.4.2.4: the order is that of the whole result
  # Mend: sort first, then cut the page
  @rfc.sort.8 @must
  Scenario: Order goes over pages
    When the client lists the people of this scenario with "sortBy=name.familyName&startIndex=3&count=1"
    Then the list holds "Bob" in this order

  # Source: RFC 7644 §3.10: names of attributes are case insensitive
  # Mend: match sortBy without case
  @rfc.sort.9 @must
  Scenario: The name in sortBy has no case
    When the client lists the people of this scenario with "sortBy=NAME.FAMILYNAME"
    Then the list holds "Cat", "Ada" and "Bob" in this order

  # Source: RFC 7644 §3.10: an attribute can be named with its URN
  # Mend: understand URN:attribute in sortBy
  @rfc.sort.10 @must
  Scenario: The name in sortBy can be the full one
    When the client lists the people of this scenario with "sortBy=urn:ietf:params:scim:schemas:core:2.0:User:name.familyName"
    Then the list holds "Cat", "Ada" and "Bob" in this order

  # Source: RFC 7644 §3.4.2.3: sorting is of any resource; where sortBy is given, ascending is the default
  # Mend: sort groups too
  @rfc.sort.11 @must @needs:groups
  Scenario: Groups are sorted
    Given the server has the group "b"
    And the server has the group "A"
    And the server has the group "C"
    When the client lists the groups of this scenario with "sortBy=displayName"
    Then the list holds "A", "b" and "C" in this order
