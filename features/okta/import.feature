Feature: Import
  An import reads GET /Users?startIndex=1&count=100, then goes on in steps of 100
  while totalResults says that there are more; groups likewise if Import Groups
  is on. Lists are read the same way when an integration is saved.

  # Source: Okta SCIM 2.0 reference, "Retrieve Users"; github.com/wso2/product-is/issues/7320
  # Breaks: the import stops after the first page
  # Mend: put the number of all matches into totalResults, not that of this page
  @users.import.1 @must @catalog @wizard @alone @okta:import-users
  Scenario: totalResults counts all, not those of the page
    Given Okta has created the people "Ada", "Bob" and "Cat"
    When Okta lists people from 1, 1 a page
    Then the list has at most 1 resource
    And the list says that there are at least 3

  # Source: RFC 7644 §3.4.2.4; github.com/simpleidserver/SimpleIdServer/issues/185
  # Breaks: people are imported twice or left out at each page
  # Mend: count startIndex from 1, in the same order for every page size
  @users.import.2 @must @catalog @wizard @alone @okta:import-users
  Scenario: Pages start where startIndex says, counted from 1
    Given Okta has created the people "Ada", "Bob" and "Cat"
    Then the person at startIndex 2 is the second one of the first page

  # Source: Okta's QA asks for startIndex=101 with two users: github.com/boxyhq polis issue 4054
  # Breaks: the import ends in an error instead of at the end
  # Mend: answer a page beyond the last with 200, an empty Resources and the true totalResults
  @users.import.3 @must @catalog @wizard @alone @okta:import-users
  Scenario: A page beyond the last one is empty and no error
    Given Okta has created the person "Ada"
    When Okta lists people beyond the last one
    Then the answer is 200
    And the page is empty and its total is still that of the first page

  # Source: Okta SCIM 2.0 reference: startIndex grows by 100 at each page
  # Breaks: people beyond the first page are not imported, or look deleted
  # Mend: return 100 resources where count=100 asks for them, in a stable order
  @users.import.4 @must @catalog @wizard @alone @okta:import-users
  Scenario: Steps of 100 reach everybody
    Given Okta has created 101 people
    Then reading on in steps of 100 finds people to the last one, among them everybody
    And looking up the person "P101" finds only that person

  # Source: captures obot run-001 steps 5 and 7; Okta SPEC suite, step 10
  # Breaks: the integration cannot be saved with Import Groups on
  # Mend: answer GET /Groups?startIndex=1&count=100 with a ListResponse
  @groups.import.1 @must @catalog @wizard @alone @needs:groups @okta:import-users
  Scenario: Groups are listed
    Given Okta has created the person "Ada"
    And Okta has pushed the group "Eng" with "Ada"
    When Okta lists groups from 1, 100 a page
    Then the answer is 200
    And the answer is a list
    And the numbers of the list are whole numbers

  # Source: Okta SCIM 2.0 reference, "Retrieve Groups"
  # Breaks: groups cannot be linked, and a push finds none
  # Mend: list every group, and count all of them in totalResults
  @groups.import.2 @must @catalog @wizard @alone @needs:groups @okta:import-users
  Scenario: Every group is in the list
    Given Okta has pushed the empty group "Eng"
    And Okta has pushed the empty group "Ops"
    Then reading on in steps of 100 finds groups to the last one, among them "Eng" and "Ops"
    When Okta lists groups from 1, 1 a page
    Then the list has at most 1 resource
    And the list says that there are at least 2
