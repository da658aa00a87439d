@rfc @part:rfc-bulk @needs:bulk
Feature: RFC: bulk
  RFC 7644 §3.7, where the server advertises bulk.

  # Source: RFC 7644 §3.7: 200 where a bulk job was processed; §3.7.3: the result of every operation
  # Mend: answer with a BulkResponse that has a result for each operation
  @rfc.bulk.1 @must
  Scenario: Bulk operations have results
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}},
       {"method":"POST","path":"/Users","bulkId":"bob","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-bob@example.com"}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the status of result 1 is 201
    And the status of result 2 is 201

  # Source: RFC 7644 §3.7: the bulkId must be returned with the new resource; §3.7.3: with its location
  # Mend: return bulkId and location
  @rfc.bulk.2 @must
  Scenario: A result names the bulkId and the address
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}}]
      """
    Then "bulkId" of result 1 is "ada"
    And "location" of result 1 is set
    And "method" of result 1 is "POST"
    And "userName" of "ada" is now "{ada.name}"

  # Source: RFC 7644 §3.7.2: bulkId:… must be replaced with the id once it is known
  # Mend: put the id in the place of bulkId:…
  @rfc.bulk.3 @must @needs:groups
  Scenario: A new person becomes a member in the same request
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}},
       {"method":"POST","path":"/Groups","bulkId":"team","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{unique} team","members":[{"type":"User","value":"bulkId:ada"}]}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the members of "team" are now "ada"

  # Source: RFC 7644 §3.7: the result must be as the client meant it; §3.7.1: references must be tried to be resolved, or else 409
  # Mend: resolve references to later operations too, or answer 409
  @rfc.bulk.4 @must @needs:groups
  Scenario: A reference to a later operation is resolved or refused
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Groups","bulkId":"team","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{unique} team","members":[{"type":"User","value":"bulkId:ada"}]}},
       {"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the status of result 1 is 201 or 409
    And the status of result 2 is 201

  # Source: RFC 7644 §3.7.2: references in extensions must be handled in the same way
  # Mend: put the id in the place of bulkId:… everywhere
  @rfc.bulk.5 @must @needs:enterprise
  Scenario: A manager can be made in the same request
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}},
       {"method":"POST","path":"/Users","bulkId":"bob","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"{unique}-bob@example.com","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:ada"}}}}]
      """
    Then the answer is a BulkResponse with 2 results
    And "enterprise.manager.value" of "bob" is now "{ada}"

  # Source: RFC 7644 §3.7: the server must go on after a failure
  # Mend: go on with the other operations
  @rfc.bulk.6 @must
  Scenario: One failure stops nothing
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"bad","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"{unique}"}},
       {"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the status of result 1 is 400 or 409
    And the status of result 2 is 201
    And "userName" of "ada" is now "{ada.name}"

  # Source: RFC 7644 §3.7: failOnErrors is after how many errors the server stops
  # Mend: stop when the number of errors is reached
  @rfc.bulk.7 @must
  Scenario: The client can have it stopped
    When the client sends in bulk, to stop after 1 error,
      """
      [{"method":"POST","path":"/Users","bulkId":"bad","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"{unique}"}},
       {"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}}]
      """
    Then the answer is a BulkResponse with 1 result
    When the client sends GET "/Users?filter=userName%20eq%20%22{unique}-ada@example.com%22"
    Then totalResults is 0

  # Source: RFC 7644 §3.7: a failed operation must have the error as its response; §3.7.3: a failed POST has no location
  # Mend: write the error into response
  @rfc.bulk.8 @must
  Scenario: A failed operation says why
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"bad","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"{unique}"}}]
      """
    Then the answer is a BulkResponse with 1 result
    And result 1 holds the error of RFC 7644
    And "location" of result 1 is unassigned
    And "bulkId" of result 1 is "bad"

  # Source: RFC 7644 §3.7: PUT, PATCH and DELETE are operations too; §3.7.3: their status is that of a single request
  # Mend: do what a single request would do
  @rfc.bulk.9 @must @needs:patch
  Scenario: People can be replaced, patched and deleted in bulk
    Given the server has the people "Ada", "Bob" and "Cat"
    When the client sends in bulk
      """
      [{"method":"PUT","path":"/Users/{Ada}","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{Ada.name}","title":"Put"}},
       {"method":"PATCH","path":"/Users/{Bob}","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"Patched"}]}},
       {"method":"DELETE","path":"/Users/{Cat}"}]
      """
    Then the answer is a BulkResponse with 3 results
    And the status of result 1 is 200
    And the status of result 2 is 200 or 204
    And the status of result 3 is 204
    And "title" of "Ada" is now "Put"
    And "title" of "Bob" is now "Patched"
    And "Cat" cannot be read any more

  # Source: RFC 7644 §3.7.3: a location is returned for all operations but a POST that failed
  # Mend: return location for PUT, PATCH and DELETE, failed or not
  @rfc.bulk.10 @must
  Scenario: A failed delete has an address
    When the client sends in bulk
      """
      [{"method":"DELETE","path":"/Users/00919288221112222"}]
      """
    Then the status of result 1 is 404
    And "location" of result 1 is set
    And result 1 holds the error of RFC 7644

  # Source: RFC 7644 §3.7.4: more than maxOperations must be answered with 413
  # Mend: answer 413
  @rfc.bulk.11 @must
  Scenario: Too many operations are refused
    When the client sends one operation more in bulk than the server allows
    Then the answer is 413
    And the body is the error of RFC 7644

  # Source: RFC 7644 §3.7.4: more than maxPayloadSize must be answered with 413
  # Mend: answer 413
  @rfc.bulk.12 @must
  Scenario: Too large a request is refused
    When the client sends a larger bulk request than the server allows
    Then the answer is 413

  # Source: RFC 7644 §3.7: version makes an operation conditional where the server has ETags; §3.7.3: 412
  # Mend: obey version as If-Match
  @rfc.bulk.13 @must @needs:etag
  Scenario: An old version is not changed in bulk
    Given the server has the person "Ada"
    And the client remembers the version of "Ada"
    And the title of "Ada" was changed to "Between"
    When the client sends in bulk
      """
      [{"method":"PUT","path":"/Users/{Ada}","version":"{Ada.tag}","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{Ada.name}","title":"Put"}}]
      """
    Then the status of result 1 is 412
    And "title" of "Ada" is now "Between"

  # Source: RFC 7644 §3.7.3: the status is that of a single request; §3.3: 409
  # Mend: refuse a duplicate in bulk as elsewhere
  @rfc.bulk.14 @must
  Scenario: A userName that is taken is refused in bulk
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}},
       {"method":"POST","path":"/Users","bulkId":"eve","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the status of result 1 is 201
    And the status of result 2 is 409

  # Source: RFC 7644 §3.7.1: circular references must be tried to be resolved; the server may answer 409
  # Mend: resolve circular references, or answer 409
  @rfc.bulk.15 @must @needs:groups
  Scenario: Groups that hold each other are made or refused
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Groups","bulkId":"one","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{unique} one","members":[{"type":"Group","value":"bulkId:two"}]}},
       {"method":"POST","path":"/Groups","bulkId":"two","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{unique} two","members":[{"type":"Group","value":"bulkId:one"}]}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the status of result 1 is 201 or 409
    And the status of result 2 is 201 or 409

  # Source: RFC 7644 §3.7.2: references are resolved in PATCH operations too
  # Mend: put the id in the place of bulkId:… in PATCH
  @rfc.bulk.16 @must @needs:groups @needs:patch
  Scenario: A new person is patched into a group
    Given the server has the group "Team"
    When the client sends in bulk
      """
      [{"method":"POST","path":"/Users","bulkId":"ada","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-ada@example.com"}},
       {"method":"PATCH","path":"/Groups/{Team}","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:ada"}]}]}}]
      """
    Then the answer is a BulkResponse with 2 results
    And the members of "Team" are now "ada"

  # Source: RFC 7644 §3.7.3: the status is that of a single request; §3.12, table 8: 404
  # Mend: answer 404 in the result
  @rfc.bulk.17 @must
  Scenario: Who is not there cannot be replaced in bulk
    When the client sends in bulk
      """
      [{"method":"PUT","path":"/Users/00919288221112222","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{unique}-nobody@example.com"}}]
      """
    Then the status of result 1 is 404
    And result 1 holds the error of RFC 7644

  # Source: RFC 7644 §3.12, tables 8 and 9: 400 and invalidSyntax for a body that cannot be parsed
  # Mend: answer 400 with scimType invalidSyntax
  @rfc.bulk.18 @should
  Scenario: A bulk request that is no JSON is refused
    When the client sends POST "/Bulk" with
      """
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
      """
    Then the answer is 400
    And the scimType is "invalidSyntax"
