@rfc @part:rfc-cursor @needs:cursor @needs:filter
Feature: RFC: cursors (RFC 9865)
  RFC 9865, where the server advertises pagination.cursor. Its wording was not at hand:
  the sentences are from memory of the RFC and its last draft, so read it before you
  dispute a failure here. Its sections: §2 query
  parameters and answers, §2.1 errors, §2.2 sorting, §3 POST, §4 configuration.

  # Source: RFC 9865 §2: nextCursor must be in every page but the last
  # Mend: return nextCursor as long as there is more
  @rfc.cursor.1 @must
  Scenario: A first page leads to the next
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When the client lists the people of this scenario with "cursor=&count=2"
    Then the answer is a ListResponse
    And "nextCursor" of the answer is set
    And the list has 2 resources

  # Source: RFC 9865 §2: nextCursor leads to the next page and is left out on the last one only
  # Mend: end with a page without nextCursor, after all results
  @rfc.cursor.2 @must
  Scenario: Cursors lead through all, each once
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    Then walking by cursor, 2 a page, meets "Ada", "Bob", "Cat", "Dan" and "Eve", each once

  # Source: RFC 9865 §2: previousCursor must not be on the first page
  # Mend: leave previousCursor out of the first page
  @rfc.cursor.3 @must
  Scenario: Before the first page there is none
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When the client lists the people of this scenario with "cursor=&count=2"
    Then "previousCursor" of the answer is unassigned
    And the answer is 200

  # Source: RFC 9865 §2: a cursor only has characters of the unreserved set of RFC 3986 §2.3
  # Mend: encode cursors with letters, digits, - . _ ~
  @rfc.cursor.4 @must
  Scenario: A cursor can stand in a URL
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When the client lists the people of this scenario with "cursor=&count=2"
    Then the cursor is made of unreserved characters

  # Source: RFC 9865 §2.1: an invalid cursor should be answered with 400 and invalidCursor
  # Mend: answer 400 with scimType invalidCursor
  @rfc.cursor.5 @should
  Scenario: A wrong cursor is refused
    When the client lists people with "cursor=no-such-cursor-{unique}&count=2"
    Then the answer is 400
    And the scimType is "invalidCursor"

  # Source: RFC 9865 §2: no more results than count must be returned
  # Mend: cut the page after count resources
  @rfc.cursor.6 @must
  Scenario: A page of a cursor is no longer than asked for
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When the client lists the people of this scenario with "cursor=&count=3"
    Then the answer is 200
    And the list has at most 3 resources

  # Source: RFC 9865 §3: a search by POST has cursor in its body
  # Mend: understand cursor in a SearchRequest
  @rfc.cursor.7 @must @needs:search
  Scenario: Cursors lead through a search
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    Then searching by cursor, 2 a page, meets "Ada", "Bob", "Cat", "Dan" and "Eve", each once

  # Source: RFC 9865 §2.2: pages by cursor should be sorted where sorting is implemented
  # Mend: sort before cutting pages by cursor
  @rfc.cursor.8 @should @needs:sort
  Scenario: Pages by cursor are sorted
    Given the server has the people "Eve", "Cat", "Ada", "Dan" and "Bob"
    Then walking by cursor, 2 a page, sorted by "userName", meets "Ada", "Bob", "Cat", "Dan" and "Eve", each once in this order

  # Source: RFC 9865 §2: previousCursor is optional; it leads to the page before
  # Mend: let previousCursor lead back
  @rfc.cursor.9 @may
  Scenario: A page leads back
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    Then the page before the second is the first again

  # Source: RFC 9865 §4: in pagination, cursor and index are required
  # Mend: write pagination.cursor and pagination.index
  @rfc.cursor.10 @must
  Scenario: The server says how it pages
    When the client sends GET "/ServiceProviderConfig"
    Then "pagination.cursor, pagination.index" of the answer are booleans

  # Source: RFC 9865 §2: count 0 returns no resources
  # Mend: answer count=0 without resources
  @rfc.cursor.11 @must
  Scenario: A count of 0 returns nobody
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When the client lists the people of this scenario with "cursor=&count=0"
    Then the answer is 200
    And the list has 0 resources

  # Source: RFC 9865 §2: totalResults may be there; where it is, it counts all results
  # Mend: count all results, or leave totalResults out
  @rfc.cursor.12 @should
  Scenario: The total is that of all pages
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    When the client lists the people of this scenario with "cursor=&count=2"
    Then totalResults is 5, or not there
