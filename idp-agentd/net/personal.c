/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idp-agentd/net/flatten.h"

/*
 * The list of personal data that never leaves the parser: a host needs a name, a mail address and
 * an id of a person, not the rest. Names are compared folded: the last part of a URI, URN or dotted
 * name, without language tag, in lower case, without '_' '-' and blanks. So "birthDate",
 * "https://example.org/claims/birth_date", "urn:x:birth-date" and "birthdate#it" are one.
 *
 * To add a row: the folded name into names[], in alphabetical order (a test checks it), or into
 * stems[] when every name that begins with it is meant.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FOLDED_MAX      64u
#define FISCAL_CODE_LEN 16u

static const char *const names[] = {
	"accesstoken",
	"address",
	"addresses",
	"cf",
	"citizenship",
	"clientsecret",
	"companyfiscalnumber",
	"countryofbirth",
	"countyofbirth",
	"credential",
	"credentials",
	"cryptpassword",
	"dateofbirth",
	"digitaladdress",
	"dob",
	"documentdetails",
	"domicileaddress",
	"domicilemunicipality",
	"domicilepostalcode",
	"domicileprovince",
	"domicilestreetaddress",
	"ethnicity",
	"homephone",
	"homepostaladdress",
	"iban",
	"idcard",
	"identitydocument",
	"idtoken",
	"ims",
	"ivacode",
	"jpegphoto",
	"maritalstatus",
	"msisdn",
	"ntpassword",
	"otpsecret",
	"partitaiva",
	"personaltitle",
	"photo",
	"photos",
	"picture",
	"pin",
	"placeofbirth",
	"politicalopinion",
	"privatekey",
	"professionaladdress",
	"provinceofbirth",
	"pwd",
	"race",
	"refreshtoken",
	"registeredoffice",
	"religion",
	"residenceaddress",
	"schaccountryofcitizenship",
	"schaccountryofresidence",
	"schacdateofbirth",
	"schacgender",
	"schacpersonalposition",
	"schacpersonaluniqueid",
	"schacplaceofbirth",
	"schacyearofbirth",
	"secret",
	"sex",
	"sexualorientation",
	"spidcode",
	"ssn",
	"streetaddress",
	"taxcode",
	"taxid",
	"taxnumber",
	"totpsecret",
	"unixpassword",
	"userpassword",
	"vatnumber",
	"yearofbirth",
};

static const char *const stems[] = {
	"birth",          "codicefiscale", "fiscal",         "gender",   "mobile",
	"nationalid",     "nationality",   "nationalnumber", "passport", "passwd",
	"password",       "personalid",    "phone",          "postal",   "socialnumber",
	"socialsecurity", "telephone",
};

static void fold(const char *name, char out[static FOLDED_MAX + 1])
{
	size_t n = 0;

	for (; *name != '\0' && *name != '#'; name++) {
		if (*name == '/' || *name == ':' || *name == '.')
			n = 0;
		else if (*name != '_' && *name != '-' && *name != ' ' && n < FOLDED_MAX)
			out[n++] = (char)tolower((unsigned char)*name);
	}
	out[n] = '\0';
}

static int compare_names(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

static bool is_personal_name(const char *name)
{
	char folded[FOLDED_MAX + 1];

	fold(name, folded);
	for (size_t i = 0; i < ELEMENTSOF(stems); i++)
		if (strncmp(folded, stems[i], strlen(stems[i])) == 0)
			return true;
	return bsearch(folded, names, ELEMENTSOF(names), sizeof(names[0]), compare_names) != NULL;
}

/*
 * The 16th character of an Italian fiscal code (decree of 23 December 1976): values of characters
 * at odd places by table, at even places plain, modulo 26. Letters L-V stand for digits where two
 * people would share a code, so any letter or digit may stand in the first 15.
 */
static char fiscal_check(const char *code)
{
	static const int odd_place[] = { 1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
					 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23 };
	int sum = 0;

	for (size_t i = 0; i < FISCAL_CODE_LEN - 1; i++) {
		int c = toupper((unsigned char)code[i]);
		int value = c >= '0' && c <= '9' ? c - '0' : c - 'A';

		sum += i % 2 == 0 ? odd_place[value] : value;
	}
	return (char)('A' + sum % 26);
}

/* Six letters, two digits, a letter, two digits, a letter, three digits, the check letter. */
static bool is_fiscal_code(const char *text)
{
	static const char shape[] = "AAAAAA00A00A000A";

	for (size_t i = 0; i < FISCAL_CODE_LEN; i++) {
		int c = toupper((unsigned char)text[i]);
		bool letter = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
		bool for_digit = letter && strchr("LMNPQRSTUV", c);

		if (shape[i] == 'A' ? !letter : !(digit || for_digit))
			return false;
	}
	return toupper((unsigned char)text[FISCAL_CODE_LEN - 1]) == fiscal_check(text);
}

/* A fiscal code by itself or behind a prefix: "TINIT-...", "urn:...:it:CF:...". */
static bool is_personal_value(const char *value)
{
	size_t len = strlen(value);
	const char *tail = NULL;

	if (len < FISCAL_CODE_LEN)
		return false;
	tail = value + len - FISCAL_CODE_LEN;
	return is_fiscal_code(tail) && (tail == value || !isalnum((unsigned char)tail[-1]));
}

bool flatten_is_fiscal_code(const char *text)
{
	return strlen(text) == FISCAL_CODE_LEN && is_fiscal_code(text);
}

bool flatten_is_personal(const char *name, const char *value)
{
	return is_personal_name(name) || (value && is_personal_value(value));
}
