"""Objects and fields of an org, read from YAML.

An org description (``simulator/orgs/*.yaml``) reads::

    name: acme                      # also the seed of ids, passwords and tokens
    label: Acme Outfitters          # Organization.Name
    instance: ACM1                  # Organization.InstanceName
    is_sandbox: false
    address: {street: 1 Main St, city: Reno, state: NV, postal_code: "89501", country: US}
    limits: {daily_api_requests: 100000}
    settings: {}                    # any OrgSettings field, e.g. security_token_required
    objects:
      Order:                        # a standard object: its custom fields are added
        fields:
          Ready_for_Fulfillment__c: {type: checkbox, label: Ready for Fulfillment}
          Ship_Method__c: {type: picklist, restricted: true, values: [Ground, 2 Day]}
          Tracking_Numbers__c: {type: text, length: 255}
        validation_rules:           # a Salesforce formula; true means refused
          No_Empty_Tracking: {when: "ISPICKVAL(Status, 'Shipped') && ISBLANK(Carrier__c)",
                              message: Say who carries it, field: Carrier__c}
        picklists:                  # replaces the values of a standard picklist
          Status: [{value: Draft, category: Draft, default: true},
                   {value: Activated, category: Activated}]
      Inventory__c:                 # a custom object; Name is text unless told otherwise
        label: Inventory
        plural: Inventory
        name_field: {type: autonumber, format: "INV-{00000}"}   # or {type: text, label: Code}
        fields:
          SKU__c: {type: text, length: 40, external_id: true, unique: true, required: true}
          Available__c: {type: number, precision: 18, scale: 0}
          Product__c: {type: lookup, to: Product2, relationship: Product__r, children: Stock__r}
          Order__c: {type: master_detail, to: Order, children: Things__r}
          Value__c: {type: formula, returns: number, formula: "Available__c * 2"}
    users:
      - username: bridge@acme.example
        role: integration           # the ready line's user; `admin` is the ready line's admin
        full_name: Warehouse Bridge
        email: bridge@acme.example
        password: …                 # made from name and seed when left out; so is the token
        security_token: …
        permissions: [ApiEnabled, UseAnyApiAuth, EditActivatedOrders, ViewAllData]
        object_permissions: {Contact: [read]}          # unnamed objects are fully open
        hidden_fields: {Order: [Secret__c]}
        read_only_fields: {Order: [Ship_Method__c]}

Field types: text(length), textarea (255), long_text(length), checkbox, number/currency/
percent(precision, scale), int, date, datetime, time, picklist(values, restricted),
multipicklist(values), email, phone, url, lookup, master_detail, autonumber(format),
formula(returns, formula). Other keys: label, required, default, external_id, unique,
case_sensitive, createable, updateable, help. ``relationship`` defaults to X__r for X__c, and a
lookup without ``children`` has no child relationship that a subquery could name.
A picklist value is its text or {value, label, default, active}.
"""
