/*
 * sanitizer.h - whether this build is a sanitizer's.
 *
 * Its programs start slowly and keep freed memory for a while: what is
 * resident says little about what is used.  Assertions about such figures are
 * made in other builds.
 */
#ifndef AIGW_TESTS_SANITIZER_H
#define AIGW_TESTS_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if !defined(SANITIZED)
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#endif

#endif
