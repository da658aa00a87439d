@rfc @part:rfc-lists
Feature: RFC: lists and pages
  RFC 7644 §3.4.2 and §3.4.2.4.

  # Source: RFC 7644 §3.4.2: answers are identified as ListResponse; totalResults is required, Resources if it is not 0
  # Mend: answer lists with schemas, totalResults and Resources
  @rfc.list.1 @must
  Scenario: A list is a ListResponse
    Given the server has the person "Ada"
    When the client lists people with "count=1"
    Then the answer is a ListResponse

  # Source: RFC 7644 §3.4.2: startIndex and itemsPerPage are required where a part is returned; table 7: itemsPerPage counts the results of the page
  # Mend: write startIndex and itemsPerPage into every page
  @rfc.list.2 @must
  Scenario: A page says where it begins and how long it is
    Given the server has the people "Ada" and "Bob"
    When the client lists people with "startIndex=2&count=1"
    Then the answer is 200
    And "startIndex" of the answer is 2
    And "itemsPerPage" of the answer is 1

  # Source: RFC 7644 §3.4.2.4, table 6: no more results than count must be returned
  # Mend: cut the page after count resources
  @rfc.list.3 @must
  Scenario: A page is no longer than asked for
    Given the server has the people "Ada", "Bob" and "Cat"
    When the client lists people with "count=2"
    Then the answer is 200
    And the list has at most 2 resources

  # Source: RFC 7644 §3.4.2.4, table 6: with a count of 0 there are no resources, only totalResults
  # Mend: answer count=0 with totalResults and no resources
  @rfc.list.4 @must
  Scenario: A count of 0 only counts
    Given the server has the person "Ada"
    When the client lists people with "count=0"
    Then the answer is 200
    And totalResults is at least 1
    And the list has 0 resources

  # Source: RFC 7644 §3.4.2.4, table 6: a negative count shall be interpreted as 0
  # Mend: take a negative count for 0
  @rfc.list.5 @must
  Scenario: A negative count is 0
    Given the server has the person "Ada"
    When the client lists people with "count=-5"
    Then the answer is 200
    And totalResults is at least 1
    And the list has 0 resources

  # Source: RFC 7644 §3.4.2.4, table 6: a startIndex less than 1 shall be interpreted as 1
  # Mend: take a startIndex below 1 for 1
  @rfc.list.6 @must
  Scenario: A startIndex below 1 is 1
    Given the server has the person "Ada"
    When the client lists people with "startIndex=-3&count=1"
    Then the answer is 200
    And "startIndex" of the answer is 1
    And the list has 1 resource

  # Source: RFC 7644 §3.4.2 and table 7: totalResults counts all that match, whatever the page
  # Mend: count before cutting
  @rfc.list.7 @must @needs:filter
  Scenario: The total is that of all pages
    Given the server has the people "Ada", "Bob" and "Cat"
    When the client lists the people of this scenario with "count=1"
    Then totalResults is 3
    And the list has 1 resource

  # Source: RFC 7644 §3.4.2.4, table 7: startIndex is the 1-based index of the first result of the page
  # Mend: order lists in the same way on every page
  @rfc.list.8 @must @needs:filter
  Scenario: Pages together are the whole, each once
    Given the server has the people "Ada", "Bob", "Cat", "Dan" and "Eve"
    Then walking the people of this scenario, 2 a page, meets "Ada", "Bob", "Cat", "Dan" and "Eve", each once

  # Source: RFC 7644 §3.4.2.4: clients must be prepared for changes between pages; nothing is promised
  # Mend: add newcomers at the end of a list
  @rfc.list.9 @may @needs:filter
  Scenario: A newcomer moves no page
    Given the server has the people "Ada", "Bob", "Cat" and "Dan"
    Then the second page of two, read after "Aaa" has joined, begins with who was third

  # Source: RFC 7644 §3.4.2: a query without results on this page is no error, and totalResults stays
  # Mend: answer a page behind the last with an empty list
  @rfc.list.10 @must @needs:filter
  Scenario: Behind the last page there is nothing
    Given the server has the people "Ada" and "Bob"
    When the client lists the people of this scenario with "startIndex=3&count=10"
    Then totalResults is 2
    And the list has 0 resources

  # Source: RFC 7644 §3.4.2, table 7: itemsPerPage is the number of resources in this page
  # Mend: count the resources of the page into itemsPerPage
  @rfc.list.11 @must @needs:filter
  Scenario: The last page says how short it is
    Given the server has the people "Ada", "Bob" and "Cat"
    When the client lists the people of this scenario with "startIndex=3&count=10"
    Then the answer is 200
    And "itemsPerPage" of the answer is 1

  # Source: RFC 7644 §3.4.2.4, table 6: a startIndex less than 1 shall be interpreted as 1
  # Mend: take a startIndex of 0 for 1
  @rfc.list.12 @must
  Scenario: A startIndex of 0 is 1
    Given the server has the person "Ada"
    When the client lists people with "startIndex=0&count=1"
    Then the answer is 200
    And "startIndex" of the answer is 1
    And the list has 1 resource

  # Source: RFC 7643 §3.1 and §3: each representation has id and a non-empty schemas
  # Mend: write id and schemas into the resources of a list
  @rfc.list.13 @must @needs:filter
  Scenario: Resources of a list are whole
    Given the server has the people "Ada" and "Bob"
    When the client lists the people of this scenario with "count=10"
    Then each of "Resources" in the answer has "id, schemas, userName, meta"

  # Source: RFC 7644 §3.4.2 and §3.4.2.4: lists of groups have pages too
  # Mend: page lists of groups
  @rfc.list.14 @must @needs:groups
  Scenario: Groups have pages
    Given the server has the group "Team"
    And the server has the group "Other"
    When the client lists groups with "startIndex=1&count=1"
    Then the answer is a ListResponse
    And the list has 1 resource
    And totalResults is at least 2

  # Source: RFC 7644 §3.4.2.4: startIndex is the index of the first result, so that pages of an unchanged set do not overlap
  # Mend: keep the order of a list as long as nothing changes
  @rfc.list.15 @must @needs:filter
  Scenario: A list has the same order twice
    Given the server has the people "Ada", "Bob", "Cat" and "Dan"
    Then the people of this scenario are listed in the same order twice

  # Source: RFC 7644 §3.6: a deleted resource must be left out of query results; §3.4.2: totalResults counts what matches
  # Mend: count without what was deleted
  @rfc.list.16 @must @needs:filter
  Scenario: The total goes down with a delete
    Given the server has the people "Ada", "Bob" and "Cat"
    And "Bob" was deleted
    When the client lists the people of this scenario with "count=1"
    Then totalResults is 2

  # Source: RFC 7644 §3.4.2: a query without parameters returns the resources of the endpoint
  # Mend: answer GET without parameters with a list
  @rfc.list.17 @must
  Scenario: People can be listed without parameters
    Given the server has the person "Ada"
    When the client sends GET "/Users"
    Then the answer is a ListResponse
    And totalResults is at least 1

  # Source: RFC 7644 §3.4.2.4: clients must be prepared for changes between pages; nothing is promised
  # Mend: do not page by position in what is left
  @rfc.list.18 @may @needs:filter
  Scenario: Who is deleted takes nobody off the pages before
    Given the server has the people "Ada", "Bob", "Cat" and "Dan"
    And "Dan" was deleted
    When the client lists the people of this scenario with "startIndex=1&count=3"
    Then the list holds exactly "Ada", "Bob" and "Cat"
