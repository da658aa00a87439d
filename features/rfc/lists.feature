@rfc @part:rfc-lists
Feature: RFC: lists, pages and order
  RFC 7644 §3.4.2 and §3.4.3.

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

  # Source: RFC 7644 §3.4.2.3: ascending is the default; userName has no case
  # Mend: sort ascending by sortBy
  @rfc.sort.1 @must @needs:sort @needs:filter
  Scenario: People are sorted by sortBy
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
    When the client lists the people of this scenario with "sortBy=userName"
    Then the list holds "Ada", "Bob" and "Cat" in this order

  # Source: RFC 7644 §3.4.2.3: sortOrder descending turns the order round
  # Mend: obey sortOrder
  @rfc.sort.2 @must @needs:sort @needs:filter
  Scenario: People are sorted backwards
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
    When the client lists the people of this scenario with "sortBy=userName&sortOrder=descending"
    Then the list holds "Cat", "Bob" and "Ada" in this order

  # Source: RFC 7644 §3.4.2.3: attributes without caseExact are sorted without case
  # Mend: sort title without case
  @rfc.sort.3 @must @needs:sort @needs:filter
  Scenario: Order has no case where the attribute has none
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
    When the client lists the people of this scenario with "sortBy=title&sortOrder=ascending"
    Then the list holds "Ada", "Bob" and "Cat" in this order

  # Source: RFC 7644 §3.4.2.3: who has no value comes last if ascending
  # Mend: put empty values last
  @rfc.sort.4 @must @needs:sort @needs:filter
  Scenario: Who has no value comes last
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
    And the server has the person "Dan" with
      """
      {"userName":"{unique}-dan@example.com"}
      """
    When the client lists the people of this scenario with "sortBy=title&sortOrder=ascending"
    Then the list holds "Ada", "Bob", "Cat" and "Dan" in this order

  # Source: RFC 7644 §3.4.2.3: who has no value comes first if descending
  # Mend: put empty values first when descending
  @rfc.sort.5 @must @needs:sort @needs:filter
  Scenario: Backwards, who has no value comes first
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
    And the server has the person "Dan" with
      """
      {"userName":"{unique}-dan@example.com"}
      """
    When the client lists the people of this scenario with "sortBy=title&sortOrder=descending"
    Then the list holds "Dan", "Cat", "Bob" and "Ada" in this order

  # Source: RFC 7644 §3.4.2.3: of a complex attribute, sortBy names a sub-attribute
  # Mend: understand name.familyName in sortBy
  @rfc.sort.6 @must @needs:sort @needs:filter
  Scenario: People are sorted by a sub-attribute
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
    When the client lists the people of this scenario with "sortBy=name.familyName"
    Then the list holds "Cat", "Ada" and "Bob" in this order

  # Source: RFC 7644 §3.4.2.3: of a multi-valued attribute the primary value counts, or else the first
  # Mend: sort by the primary value
  @rfc.sort.7 @must @needs:sort @needs:filter
  Scenario: People are sorted by their primary address
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
    When the client lists the people of this scenario with "sortBy=emails.value"
    Then the list holds "Ada", "Cat" and "Bob" in this order

  # Source: RFC 7644 §3.4.2.3 and §3.4.2.4: the order is that of the whole result
  # Mend: sort first, then cut the page
  @rfc.sort.8 @must @needs:sort @needs:filter
  Scenario: Order goes over pages
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
    When the client lists the people of this scenario with "sortBy=name.familyName&startIndex=2&count=1"
    Then the list holds "Ada" in this order

  # Source: RFC 7644 §3.10: names of attributes are case insensitive
  # Mend: match sortBy without case
  @rfc.sort.9 @must @needs:sort @needs:filter
  Scenario: The name in sortBy has no case
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
    When the client lists the people of this scenario with "sortBy=NAME.FAMILYNAME"
    Then the list holds "Cat", "Ada" and "Bob" in this order

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
    Given the server has the person "Ada"
    When the client filters the whole server by userName eq "{Ada.name}"
    Then the list holds exactly "Ada"
