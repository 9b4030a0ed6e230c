/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-userdbd/describe.h"

#include <string.h>

static const struct {
	const char *name;
	const char *text;
} interfaces[] = {
	{ DESCRIBE_USERDB,
	  "interface io.systemd.UserDatabase\n"
	  "\n"
	  "method GetUserRecord(uid: ?int, userName: ?string, service: string) -> "
	  "(record: object, incomplete: bool)\n"
	  "method GetGroupRecord(gid: ?int, groupName: ?string, service: string) -> "
	  "(record: object, incomplete: bool)\n"
	  "method GetMemberships(userName: ?string, groupName: ?string, service: string) -> "
	  "(userName: string, groupName: string)\n"
	  "\n"
	  "error NoRecordFound()\n"
	  "error BadService()\n"
	  "error ServiceNotAvailable()\n"
	  "error ConflictingRecordFound()\n"
	  "error EnumerationNotSupported()\n" },
	{ DESCRIBE_VARLINK,
	  "interface org.varlink.service\n"
	  "\n"
	  "method GetInfo() -> (vendor: string, product: string, version: string, url: string, "
	  "interfaces: []string)\n"
	  "method GetInterfaceDescription(interface: string) -> (description: string)\n"
	  "\n"
	  "error InterfaceNotFound(interface: string)\n"
	  "error MethodNotFound(method: string)\n"
	  "error InvalidParameter(parameter: string)\n"
	  "error ExpectedMore()\n" },
};

static const char *describe_text(const char *interface)
{
	for (size_t i = 0; i < ELEMENTSOF(interfaces); i++)
		if (strcmp(interfaces[i].name, interface) == 0)
			return interfaces[i].text;
	return NULL;
}

bool describe_has(const char *interface)
{
	return describe_text(interface);
}

json_t *describe_interface(const char *interface)
{
	const char *text = describe_text(interface);

	return json_pack("{s:s}", "description", text ? text : "");
}

json_t *describe_service(void)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "vendor", "idp-agent", "product",
			 "idp-userdbd", "version", PACKAGE_VERSION, "url", PACKAGE_URL,
			 "interfaces", DESCRIBE_USERDB, DESCRIBE_VARLINK);
}
