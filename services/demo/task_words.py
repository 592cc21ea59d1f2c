"""Plausible contents of simulated tasks: what the offices of a field are asked to do, marked as simulated."""

from typing import Final

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "Kinh tế tổng hợp": (
        "kịch bản tăng trưởng", "giải pháp thu ngân sách", "danh mục dự án kêu gọi đầu tư",
        "cơ chế hỗ trợ doanh nghiệp", "kế hoạch phát triển kinh tế - xã hội", "phương án sắp xếp tài sản công",
    ),
    "Đầu tư công": (
        "giải ngân vốn đầu tư công", "giải phóng mặt bằng các dự án trọng điểm", "quyết toán dự án hoàn thành",
        "danh mục đầu tư công trung hạn", "tiến độ các dự án hạ tầng giao thông",
    ),
    "Công nghiệp, thương mại": (
        "phát triển cụm công nghiệp", "xúc tiến xuất khẩu", "cung ứng điện mùa khô", "hạ tầng khu công nghiệp",
        "sử dụng năng lượng tiết kiệm",
    ),
    "Nông nghiệp, môi trường": (
        "xây dựng nông thôn mới", "cấp giấy chứng nhận quyền sử dụng đất", "xử lý rác thải sinh hoạt",
        "chống khai thác IUU", "an toàn hồ đập trước mùa mưa bão", "tích tụ đất đai", "bảo vệ rừng và phòng cháy rừng",
    ),
    "Xây dựng, giao thông": (
        "quy hoạch chung xã, phường", "phát triển nhà ở xã hội", "bảo trì đường tỉnh", "trật tự xây dựng",
        "an toàn giao thông đường bộ",
    ),
    "Y tế": (
        "bao phủ bảo hiểm y tế", "nâng cấp trạm y tế xã", "hồ sơ sức khỏe điện tử", "phòng, chống dịch bệnh",
        "an toàn thực phẩm",
    ),
    "Giáo dục": (
        "trường đạt chuẩn quốc gia", "sắp xếp mạng lưới trường, lớp", "học bạ số", "đào tạo nghề cho lao động",
        "kiên cố hóa lớp học",
    ),
    "Khoa học, chuyển đổi số": (
        "Trung tâm điều hành thông minh", "kho dữ liệu dùng chung", "tỷ lệ hồ sơ trực tuyến", "an toàn thông tin mạng",
        "phủ sóng 5G khu dân cư", "nhiệm vụ khoa học cấp tỉnh",
    ),
    "Nội vụ, an sinh": (
        "vận hành chính quyền địa phương hai cấp", "tinh giản biên chế", "giảm nghèo bền vững", "giải quyết việc làm",
        "chế độ người có công", "đào tạo cán bộ cấp xã",
    ),
    "Văn hóa, du lịch": (
        "phát triển sản phẩm du lịch", "bảo tồn Thành Nhà Hồ", "thiết chế văn hóa cơ sở", "gia đình văn hóa",
        "thể thao thành tích cao",
    ),
    "Cải cách hành chính": (
        "chỉ số cải cách hành chính", "số hóa hồ sơ một cửa", "cắt giảm thủ tục hành chính", "trả lời kiến nghị cử tri",
        "kiểm soát văn bản quy phạm pháp luật",
    ),
    "An ninh, trật tự": (
        "an ninh trật tự cơ sở", "phòng cháy, chữa cháy", "dữ liệu dân cư", "phòng, chống ma túy",
        "tiếp công dân, giải quyết khiếu nại",
    ),
    "Dân tộc, tôn giáo": (
        "chương trình phát triển vùng dân tộc thiểu số", "ổn định dân cư vùng sạt lở",
        "hạ tầng thôn, bản đặc biệt khó khăn",
    ),
}  # fmt: skip
DEPARTMENTS: Final[dict[str, tuple[int, tuple[str, ...]]]] = {  # weight, fields
    "vp_ubnd": (5, ("Cải cách hành chính", "Kinh tế tổng hợp")),
    "so_tc": (12, ("Kinh tế tổng hợp", "Đầu tư công")),
    "so_ct": (8, ("Công nghiệp, thương mại",)),
    "so_nnmt": (14, ("Nông nghiệp, môi trường",)),
    "so_xd": (11, ("Xây dựng, giao thông", "Đầu tư công")),
    "so_yt": (7, ("Y tế",)),
    "so_gddt": (7, ("Giáo dục",)),
    "so_khcn": (7, ("Khoa học, chuyển đổi số",)),
    "so_nv": (8, ("Nội vụ, an sinh", "Cải cách hành chính")),
    "so_tp": (3, ("Cải cách hành chính",)),
    "so_vhttdl": (5, ("Văn hóa, du lịch",)),
    "so_dttg": (3, ("Dân tộc, tôn giáo",)),
    "thanh_tra": (2, ("An ninh, trật tự",)),
    "bql_kkt": (5, ("Công nghiệp, thương mại", "Đầu tư công")),
    "cong_an": (4, ("An ninh, trật tự",)),
}
COMMUNE_FIELDS: Final = (
    "Nông nghiệp, môi trường", "Đầu tư công", "Cải cách hành chính", "Y tế", "Nội vụ, an sinh", "Xây dựng, giao thông",
    "Khoa học, chuyển đổi số", "An ninh, trật tự", "Văn hóa, du lịch",
)  # fmt: skip
VERBS: Final = (
    "Xây dựng kế hoạch về", "Báo cáo kết quả", "Rà soát, tháo gỡ vướng mắc về", "Tham mưu văn bản chỉ đạo",
    "Tổ chức thực hiện", "Kiểm tra, đôn đốc", "Hoàn thành hồ sơ trình về", "Đề xuất giải pháp",
)  # fmt: skip
TARGETS: Final = ("Hoàn thành chỉ tiêu", "Đạt chỉ tiêu được giao về", "Phấn đấu vượt chỉ tiêu")
RETURNS: Final = (
    "Báo cáo thiếu số liệu minh chứng", "Nội dung chưa đúng yêu cầu chỉ đạo", "Chưa có ý kiến cơ quan phối hợp",
    "Số liệu không khớp với kỳ trước", "Văn bản gửi kèm chưa ký số",
)  # fmt: skip
MARK: Final = "(mô phỏng)"
