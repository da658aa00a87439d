@rfc @part:rfc-filter @needs:filter
Feature: RFC: filters
  RFC 7644 §3.4.2.2. A server that answers a filter with 400 and invalidFilter
  declines it openly, which the RFC allows: that is "unsupported", not a failure.

  Background:
    Given the server has the person "Ada" with
      """
      {"title":"{unique} alpha","displayName":"A {unique} one","active":true,"name":{"givenName":"Ada","familyName":"Fa{unique}"},"externalId":"X-{unique}-a","emails":[{"value":"ada.{unique}@work.example","type":"work","primary":true},{"value":"ada.{unique}@home.example","type":"home"}],"phoneNumbers":[{"value":"+1 555 0100","type":"work"}]}
      """
    And the server has the person "Bob" with
      """
      {"title":"{unique} alphabet","displayName":"B {unique} two","active":false,"name":{"givenName":"Bob","familyName":"Fb{unique}"},"externalId":"X-{unique}-b","emails":[{"value":"bob.{unique}@work.example","type":"home"}]}
      """
    And the server has the person "Cat" with
      """
      {"userType":"{unique} temp","name":{"givenName":"Cat","familyName":"{unique}Fc"},"externalId":"x-{unique}-A"}
      """

  # Source: RFC 7644 §3.4.2.2: the values must be identical
  # Mend: implement eq as RFC 7644 §3.4.2.2 has it
  @rfc.filter.1 @must
  Scenario: Eq finds who has the value
    When the client filters people by title eq "{unique} alpha"
    Then the answer is 200
    And the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: ne matches where the values are not identical
  # Mend: implement ne as RFC 7644 §3.4.2.2 has it
  @rfc.filter.2 @must
  Scenario: Ne finds who has another value
    When the client filters people by userName sw "{unique}" and title ne "{unique} alpha" and title pr
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: co: the operator value is a substring
  # Mend: implement co as RFC 7644 §3.4.2.2 has it
  @rfc.filter.3 @must
  Scenario: Co finds a part of a value
    When the client filters people by displayName co " {unique} o"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: sw: the value starts with the operator value
  # Mend: implement sw as RFC 7644 §3.4.2.2 has it
  @rfc.filter.4 @must
  Scenario: Sw finds the beginning of a value
    When the client filters people by userName sw "{unique}"
    Then the list holds exactly "Ada", "Bob" and "Cat"

  # Source: RFC 7644 §3.4.2.2: ew: the value ends with the operator value
  # Mend: implement ew as RFC 7644 §3.4.2.2 has it
  @rfc.filter.5 @must
  Scenario: Ew finds the end of a value
    When the client filters people by name.familyName ew "{unique}"
    Then the list holds exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.4.2.2: pr matches where there is a value
  # Mend: implement pr as RFC 7644 §3.4.2.2 has it
  @rfc.filter.6 @must
  Scenario: Pr finds who has a value
    When the client filters people by title pr and userName sw "{unique}"
    Then the list holds exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.4.2.2: gt compares strings in lexical order
  # Mend: implement gt as RFC 7644 §3.4.2.2 has it
  @rfc.filter.7 @must
  Scenario: Gt compares strings
    When the client filters people by title gt "{unique} alpha" and title sw "{unique}"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: ge also matches what is equal
  # Mend: implement ge as RFC 7644 §3.4.2.2 has it
  @rfc.filter.8 @must
  Scenario: Ge compares strings
    When the client filters people by title ge "{unique} alpha" and title sw "{unique}"
    Then the list holds exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.4.2.2: lt compares strings in lexical order
  # Mend: implement lt as RFC 7644 §3.4.2.2 has it
  @rfc.filter.9 @must
  Scenario: Lt compares strings
    When the client filters people by title lt "{unique} alphabet" and title sw "{unique}"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: le also matches what is equal
  # Mend: implement le as RFC 7644 §3.4.2.2 has it
  @rfc.filter.10 @must
  Scenario: Le compares strings
    When the client filters people by title le "{unique} alphabet" and title sw "{unique}"
    Then the list holds exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.4.2.2: and matches if both sides do
  # Mend: implement and as RFC 7644 §3.4.2.2 has it
  @rfc.filter.11 @must
  Scenario: And wants both sides
    When the client filters people by title eq "{unique} alpha" and name.familyName eq "Fb{unique}"
    Then the list holds exactly nobody

  # Source: RFC 7644 §3.4.2.2: or matches if either side does
  # Mend: implement or as RFC 7644 §3.4.2.2 has it
  @rfc.filter.12 @must
  Scenario: Or wants one side
    When the client filters people by title eq "{unique} alpha" or name.familyName eq "Fb{unique}"
    Then the list holds exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.4.2.2: not matches if the expression is false
  # Mend: implement not (…) as RFC 7644 §3.4.2.2 has it
  @rfc.filter.13 @must
  Scenario: Not turns an expression round
    When the client filters people by userName sw "{unique}" and not (title sw "{unique}")
    Then the list holds exactly "Cat"

  # Source: RFC 7644 §3.4.2.2: and takes precedence over or
  # Mend: implement the order of operations as RFC 7644 §3.4.2.2 has it
  @rfc.filter.14 @must
  Scenario: And binds closer than or
    When the client filters people by title eq "{unique} alpha" or title eq "{unique} alphabet" and name.familyName eq "{unique}Fc"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: expressions in brackets come first
  # Mend: implement brackets as RFC 7644 §3.4.2.2 has it
  @rfc.filter.15 @must
  Scenario: Brackets come first
    When the client filters people by (title eq "{unique} alpha" or title eq "{unique} alphabet") and name.familyName eq "Fb{unique}"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: not takes precedence over and
  # Mend: implement the order of operations as RFC 7644 §3.4.2.2 has it
  @rfc.filter.16 @must
  Scenario: Not binds closer than and
    When the client filters people by not (title eq "{unique} alpha") and name.familyName ew "{unique}"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: a filter in square brackets applies to one and the same value
  # Mend: implement emails[…] as RFC 7644 §3.4.2.2 has it
  @rfc.filter.17 @may
  Scenario: Brackets after a list speak of one value
    When the client filters people by emails[type eq "work" and value eq "ada.{unique}@work.example"]
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: a filter in square brackets applies to one and the same value
  # Mend: implement emails[…] as RFC 7644 §3.4.2.2 has it
  @rfc.filter.18 @may
  Scenario: Brackets after a list do not mix values
    When the client filters people by emails[type eq "home" and value eq "ada.{unique}@work.example"]
    Then the list holds exactly nobody

  # Source: RFC 7644 §3.4.2.2: a multi-valued attribute matches if any of its values does
  # Mend: implement lists as RFC 7644 §3.4.2.2 has it
  @rfc.filter.19 @must
  Scenario: One value of a list is enough
    When the client filters people by emails.value eq "ada.{unique}@home.example"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: names of attributes are case insensitive
  # Mend: implement names of attributes as RFC 7644 §3.4.2.2 has it
  @rfc.filter.20 @must
  Scenario: Names of attributes have no case
    When the client filters people by USERNAME sw "{unique}" and TiTlE eq "{unique} alphabet"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: operators are case insensitive
  # Mend: implement operators as RFC 7644 §3.4.2.2 has it
  @rfc.filter.21 @must
  Scenario: Operators have no case
    When the client filters people by title Eq "{unique} alpha" OR title EQ "{unique} alphabet"
    Then the list holds exactly "Ada" and "Bob"

  # Source: RFC 7644 §3.4.2.2: an attribute may be named with its schema URN (also §3.10)
  # Mend: implement URN:attribute as RFC 7644 §3.4.2.2 has it
  @rfc.filter.22 @must
  Scenario: An attribute can be named in full
    When the client filters people by urn:ietf:params:scim:schemas:core:2.0:User:userName eq "{Ada.name}"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: strings are compared by caseExact, which is false for userName (RFC 7643 §4.1.1)
  # Mend: implement caseExact as RFC 7644 §3.4.2.2 has it
  @rfc.filter.23 @must
  Scenario: UserName is compared without case
    When the client filters people by userName eq "{unique}-ADA@EXAMPLE.com"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: strings are compared by caseExact, which is true for externalId (RFC 7643 §3.1)
  # Mend: implement caseExact as RFC 7644 §3.4.2.2 has it
  @rfc.filter.24 @must
  Scenario: ExternalId is compared with case
    When the client filters people by externalId eq "X-{unique}-a"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: a sub-attribute is named with a dot
  # Mend: implement name.familyName as RFC 7644 §3.4.2.2 has it
  @rfc.filter.25 @must
  Scenario: A sub-attribute can be asked for
    When the client filters people by name.familyName eq "Fa{unique}"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: a comparison value may be true or false
  # Mend: implement true and false as RFC 7644 §3.4.2.2 has it
  @rfc.filter.26 @must
  Scenario: A boolean can be asked for
    When the client filters people by active eq false and userName sw "{unique}"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: strings are compared by caseExact, which is true for id (RFC 7643 §3.1)
  # Mend: implement id as RFC 7644 §3.4.2.2 has it
  @rfc.filter.27 @must
  Scenario: The id can be asked for
    When the client filters people by id eq "{Bob}"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: strings are written as in JSON, with its escapes
  # Mend: implement JSON strings as RFC 7644 §3.4.2.2 has it
  @rfc.filter.28 @must
  Scenario: Escapes of JSON are understood
    When the client filters people by title eq "{unique} \u0061lpha"
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: clients may ask by schema or extension
  # Mend: implement schemas as RFC 7644 §3.4.2.2 has it
  @rfc.filter.29 @may
  Scenario: People can be found by schema
    When the client filters people by schemas eq "urn:ietf:params:scim:schemas:core:2.0:User" and userName sw "{unique}"
    Then the list holds exactly "Ada", "Bob" and "Cat"

  # {Ada.later} is an hour after meta.created of Ada, in a zone in which the clock shows less.
  # Source: RFC 7644 §3.4.2.2: le of a dateTime is a chronological comparison
  # Mend: implement times as RFC 7644 §3.4.2.2 has it
  @rfc.filter.30 @must
  Scenario: Times are compared by time
    When the client filters people by userName sw "{unique}" and meta.created le "{Ada.later}"
    Then the list holds exactly "Ada", "Bob" and "Cat"

  # Source: RFC 7644 §3.4.2.2: sw: the value starts with the operator value
  # Mend: compare sw with the beginning only
  @rfc.filter.38 @must
  Scenario: Sw does not find what is in the middle
    When the client filters people by name.familyName sw "{unique}"
    Then the list holds exactly "Cat"

  # Source: RFC 7644 §3.4.2.2: and takes precedence over or
  # Mend: let and bind closer than or
  @rfc.filter.39 @must
  Scenario: And binds closer than an or that follows
    When the client filters people by title eq "nobody has this" and userName sw "{unique}" or title eq "{unique} alphabet"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2, figure 2 (emails co "example.com"); RFC 7643 §2.4: value is the value of an element
  # Mend: compare the value of elements where no sub-attribute is named
  @rfc.filter.40 @should
  Scenario: A list can be asked for without a sub-attribute
    When the client filters people by emails co "bob.{unique}@"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: names of attributes are case insensitive
  # Mend: match names in square brackets without case
  @rfc.filter.41 @may
  Scenario: Names in square brackets have no case
    When the client filters people by EMAILS[Type eq "work" and VALUE sw "ada.{unique}"]
    Then the list holds exactly "Ada"

  # Source: RFC 7644 §3.4.2.2: strings of attributes without caseExact are compared without case
  # Mend: compare title without case
  @rfc.filter.42 @must
  Scenario: Co, sw and ew have no case where the attribute has none
    When the client filters people by title co "ALPHAB" and userName sw "{unique}"
    Then the list holds exactly "Bob"

  # Source: RFC 7644 §3.4.2.2: pr of a complex or multi-valued attribute matches where there is a value
  # Mend: understand pr of lists
  @rfc.filter.43 @must
  Scenario: Pr finds who has a value in a list
    When the client filters people by phoneNumbers pr and userName sw "{unique}"
    Then the list holds exactly "Ada"
